#include "host/film_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "host/helper_process.hpp"

namespace reprise {
namespace {

constexpr std::size_t buffer_bytes = 16 * 1024;

failure failure_of(const std::string& film, const media::failed& said,
                   const helper_limits& limits) {
  switch (said.why) {
    case media::reason::not_video:
      return {errc::data_malformed, film + ": " + said.text};
    case media::reason::io:
      return {errc::io_failed, film + ": " + said.text};
    case media::reason::memory:
      break;
  }
  return {errc::helper_failed, film + ": reprise-media needs more than its limit of " +
                                   std::to_string(limits.memory_bytes_max >> 20) + " MiB"};
}

// Takes the messages of one film apart and checks their order.
class film_listener {
 public:
  film_listener(const std::string& film, const helper_limits& limits, const film_visitor& visitor)
      : film_{film}, limits_{limits}, visitor_{visitor} {}

  outcome<void> take(const media::message& said) {
    if (end_) return out_of_order();
    if (const auto* second = std::get_if<media::sampled_second>(&said)) {
      if (newest_ && second->number <= *newest_) return out_of_order();
      newest_ = second->number;
      return visitor_.second(*second);
    }
    if (const auto* progress = std::get_if<media::progress>(&said)) {
      if (visitor_.progress) visitor_.progress(*progress);
      return {};
    }
    if (const auto* wrong = std::get_if<media::failed>(&said)) {
      return failure_of(film_, *wrong, limits_);
    }
    end_ = std::get<media::film_end>(said);
    if (newest_ && end_->seconds <= *newest_) return out_of_order();
    return {};
  }

  [[nodiscard]] const std::optional<media::film_end>& end() const noexcept { return end_; }

 private:
  static failure out_of_order() {
    return {errc::helper_failed, "reprise-media sent its messages out of order"};
  }

  const std::string& film_;
  const helper_limits& limits_;
  const film_visitor& visitor_;
  std::optional<std::uint64_t> newest_;
  std::optional<media::film_end> end_;
};

failure about(const std::string& film, failure said) {
  const bool of_helper = said.code == errc::helper_failed || said.code == errc::helper_missing;
  if (of_helper && said.what.rfind(film, 0) != 0) {
    said.what = film + ": " + said.what;
  }
  return said;
}

outcome<void> listen(helper_process& helper, film_listener& listener, const helper_limits& limits) {
  media::message_reader messages;
  std::array<std::byte, buffer_bytes> buffer;
  media::message said;
  for (;;) {
    const outcome<std::size_t> got = helper.read(buffer, limits.silence_max);
    if (!got) return got.error();
    if (*got == 0) return {};
    messages.append(std::span{buffer}.first(*got));
    for (;;) {
      const outcome<bool> more = messages.next(said);
      if (!more) return more.error();
      if (!*more) break;
      if (const outcome<void> taken = listener.take(said); !taken) return taken.error();
    }
  }
}

}  // namespace

outcome<void> check_film(const std::string& film) {
  struct stat found {};
  if (stat(film.c_str(), &found) != 0) {
    return failure{errc::io_failed, film + ": " + std::strerror(errno)};
  }
  if (S_ISDIR(found.st_mode)) return failure{errc::io_failed, film + ": is a directory"};
  if (!S_ISREG(found.st_mode)) return failure{errc::io_failed, film + ": is not a file"};
  if (access(film.c_str(), R_OK) != 0) {
    return failure{errc::io_failed, film + ": " + std::strerror(errno)};
  }
  return {};
}

outcome<media::film_end> read_film(const std::string& film, const helper_limits& limits,
                                   const film_visitor& visitor) {
  if (const outcome<void> checked = check_film(film); !checked) return checked.error();
  outcome<helper_process> helper = helper_process::start(
      helper_path("reprise-media"), {memory_argument(limits.memory_bytes_max), film});
  if (!helper) return about(film, helper.error());
  film_listener listener{film, limits, visitor};
  const outcome<void> listened = listen(*helper, listener, limits);
  if (!listened) return about(film, listened.error());
  const outcome<void> finished = helper->finish(limits.silence_max);
  if (!finished) return about(film, finished.error());
  if (!listener.end()) {
    return failure{errc::helper_failed, film + ": reprise-media stopped in the middle of the film"};
  }
  return *listener.end();
}

}  // namespace reprise
