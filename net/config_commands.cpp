#include "net/config_commands.hpp"

#include "net/configuration_options.hpp"

namespace reprise {
namespace {

outcome<void> tell_warnings(const configuration_read& read, const process_streams& streams) {
  for (const std::string& warning : read.warnings) {
    if (auto told = streams.messages.write("reprise: " + warning + "\n"); !told) return told;
  }
  return {};
}

class config_command : public command {
 public:
  void declare(option_set& options) override { options_.declare_service(options); }

 protected:
  configuration_options options_;
};

class config_check_command final : public config_command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "config check"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Say whether the configuration is good";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise config check --config reprise.toml";
  }
  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const auto read = options_.read();
    if (!read) return read.error();
    if (auto told = tell_warnings(*read, streams); !told) return told.error();
    if (auto told =
            streams.messages.write(std::string_view{"reprise: the configuration is good\n"});
        !told) {
      return told.error();
    }
    return 0;
  }
};

class config_show_command final : public config_command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "config show"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Show every setting, and from where it is";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "REPRISE_POLL_DEADLINE_MS=500 reprise config show";
  }
  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const auto read = options_.read();
    if (!read) return read.error();
    if (auto told = tell_warnings(*read, streams); !told) return told.error();
    if (auto shown = streams.output.write(read->shown); !shown) return shown.error();
    return 0;
  }
};

}  // namespace

std::unique_ptr<command> make_config_check_command() {
  return std::make_unique<config_check_command>();
}

std::unique_ptr<command> make_config_show_command() {
  return std::make_unique<config_show_command>();
}

}  // namespace reprise
