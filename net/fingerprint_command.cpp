#include "net/fingerprint_command.hpp"

#include "host/fingerprint_video.hpp"
#include "host/match/rule.hpp"
#include "host/number.hpp"
#include "net/option_values.hpp"

namespace reprise {
namespace {

class fingerprint_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "fingerprint"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Make a recording of films, one fingerprint a second";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise fingerprint news.mkv -o news.ndjson && reprise scan news.ndjson --repeats";
  }

  void declare(option_set& options) override {
    options.add_arguments("VIDEO", films_,
                          "Films that ffmpeg can decode; several are laid end to end");
    options.add_value("-o,--output", "FILE", output_,
                      "The recording to make: raw if named *.bin, else NDJSON (default: standard "
                      "output)");
    options.add_value("--start", "TIME", start_, "UNIX time of the first second (default: 0)");
    options.add_value("--format", "ndjson|raw", format_, "Instead of what the name says");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    fingerprint_options options{.films = films_, .output = output_.value_or("-")};
    if (start_) {
      const auto start = parse_integer(*start_);
      if (!start || *start < 0 || *start > time_max) {
        return bad_option("--start", *start_,
                          "a whole number from 0 to " + std::to_string(time_max));
      }
      options.start = *start;
    }
    if (format_) {
      if (*format_ != "ndjson" && *format_ != "raw") {
        return bad_option("--format", *format_, "ndjson or raw");
      }
      options.format = *format_ == "raw" ? recording_format::raw : recording_format::ndjson;
    }
    const auto made = fingerprint_videos(
        options, {.messages = streams.messages, .progress_shown = streams.messages_terminal});
    if (!made) return made.error();
    return 0;
  }

 private:
  std::vector<std::string> films_;
  std::optional<std::string> output_, start_, format_;
};

}  // namespace

std::unique_ptr<command> make_fingerprint_command() {
  return std::make_unique<fingerprint_command>();
}

}  // namespace reprise
