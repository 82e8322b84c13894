#include "net/keys_commands.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/clock.hpp"
#include "host/printable.hpp"
#include "host/random_source.hpp"
#include "net/api_keys.hpp"
#include "net/configuration_options.hpp"
#include "net/key_book.hpp"

namespace reprise {
namespace {

constexpr std::size_t label_bytes_max = 100;

std::int64_t now() {
  return tick_of(system_clock_source{}.wall());
}

// A new file that its owner alone can read.
outcome<void> write_secret(const std::string& path, const std::string& text) {
  const int opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (opened == -1) return failure{errc::io_failed, printable(path) + ": " + std::strerror(errno)};
  const bool written =
      ::write(opened, text.data(), text.size()) == static_cast<::ssize_t>(text.size()) &&
      ::fsync(opened) == 0;
  const int why = errno;
  ::close(opened);
  if (written) return {};
  ::unlink(path.c_str());
  return failure{errc::io_failed, printable(path) + ": " + std::strerror(why)};
}

class keys_command : public command {
 public:
  void declare(option_set& options) override { options_.declare(options); }

 protected:
  [[nodiscard]] outcome<std::unique_ptr<key_book>> open(missing_directory one) const {
    const auto read = options_.read();
    if (!read) return read.error();
    return open_key_book(read->made.data.dir, one);
  }
  configuration_options options_;
};

class keys_create_command final : public keys_command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "keys create"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Make a key for the HTTP interface and show it, this once";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise keys create --label dashboard";
  }
  void declare(option_set& options) override {
    keys_command::declare(options);
    options.add_value("--label", "TEXT", label_, "What the key is for, up to 100 bytes");
    options.add_value("--output", "FILE", output_,
                      "Put the key into a new file, which you alone can read");
    options.add_flag("--if-none", if_none_, "Do nothing if there is a key that is not revoked");
  }
  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const std::string label = label_.value_or("");
    if (label.size() > label_bytes_max) {
      return failure{errc::usage, "--label: must be at most 100 bytes"};
    }
    auto book = open(missing_directory::is_made);
    if (!book) return book.error();
    if (if_none_) {
      const auto keys = (*book)->list();
      if (!keys) return keys.error();
      const auto valid = [](const stored_key& key) { return !key.revoked_at; };
      if (std::any_of(keys->begin(), keys->end(), valid)) return 0;
    }
    const auto random = make_system_random();
    const new_key made = make_key(printable(label), now(), *random);
    if (output_) {
      if (auto written = write_secret(*output_, made.secret + "\n"); !written)
        return written.error();
    }
    if (auto added = (*book)->add(made.stored); !added) {
      if (output_) ::unlink(output_->c_str());
      return added.error();
    }
    if (!output_) {
      if (auto shown = streams.output.write(made.secret + "\n"); !shown) return shown.error();
    }
    const std::string told = fmt::format(
        "reprise: made the key {}; it is stored as a hash alone: keep it\n", made.stored.id);
    if (auto done = streams.messages.write(told); !done) return done.error();
    return 0;
  }

 private:
  std::optional<std::string> label_, output_;
  bool if_none_ = false;
};

class keys_list_command final : public keys_command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "keys list"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "List the keys: id, when made, state, label";
  }
  [[nodiscard]] std::string_view example() const noexcept override { return "reprise keys list"; }
  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    auto book = open(missing_directory::is_refused);
    if (!book) return book.error();
    const auto keys = (*book)->list();
    if (!keys) return keys.error();
    std::string lines;
    for (const stored_key& key : *keys) {
      lines +=
          fmt::format("{}  {:%Y-%m-%dT%H:%M:%SZ}  {:7}  {}\n", key.id, fmt::gmtime(key.created_at),
                      key.revoked_at ? "revoked" : "valid", printable(key.label));
    }
    if (auto shown = streams.output.write(lines); !shown) return shown.error();
    return 0;
  }
};

class keys_revoke_command final : public keys_command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "keys revoke"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Revoke keys: they open nothing from now on";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise keys revoke 5f0c1d2e3a4b";
  }
  void declare(option_set& options) override {
    keys_command::declare(options);
    options.add_arguments("ID", ids_, "Ids, as keys list shows them");
  }
  [[nodiscard]] outcome<int> run(const process_streams&) override {
    auto book = open(missing_directory::is_refused);
    if (!book) return book.error();
    std::string unknown;
    for (const std::string& id : ids_) {
      const auto revoked = (*book)->revoke(id, now());
      if (!revoked) return revoked.error();
      if (!*revoked) unknown += (unknown.empty() ? "" : ", ") + printable(id);
    }
    if (unknown.empty()) return 0;
    return failure{errc::not_found, unknown + ": there is no such valid key"};
  }

 private:
  std::vector<std::string> ids_;
};

}  // namespace

std::unique_ptr<command> make_keys_create_command() {
  return std::make_unique<keys_create_command>();
}

std::unique_ptr<command> make_keys_list_command() {
  return std::make_unique<keys_list_command>();
}

std::unique_ptr<command> make_keys_revoke_command() {
  return std::make_unique<keys_revoke_command>();
}

}  // namespace reprise
