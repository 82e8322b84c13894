#include "net/scan_command.hpp"

#include <algorithm>
#include <cstdlib>

#include "host/channel_name.hpp"
#include "host/engine.hpp"
#include "host/number.hpp"
#include "host/recording.hpp"
#include "host/scan.hpp"
#include "net/option_values.hpp"

namespace reprise {
namespace {

constexpr double similarity_default = 0.8;

class scan_command final : public command {
 public:
  explicit scan_command(device_maker make_devices) : make_devices_{std::move(make_devices)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "scan"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Find the matches or the repeats of recordings, offline";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise scan news.ndjson --repeats --format table";
  }

  void declare(option_set& options) override {
    options.add_arguments("FILE", files_,
                          "Recordings, each a channel of its own: NDJSON, or raw (*.bin); - is "
                          "standard input, raw if --start is given");
    options.add_value("--start", "TIME", start_, "UNIX time of a raw recording's first second");
    options.add_value("--channel", "NAME", channel_,
                      "The channel's name, instead of the file's stem; with one file alone");
    options.add_value("--threshold", "SCORE", threshold_,
                      "A match scores more than this, 0 to 480.375^5, about 2.558e13");
    options.add_value("--similarity", "PART", similarity_,
                      "A match is at least this similar, above 0 and at most 1 (default: 0.8)");
    options.add_value("--window", "SECONDS", window_,
                      "How far back to look, 1 to 604800 (default: 86400)");
    options.add_value("--top", "K", top_, "Matches shown for a second, 1 to 100 (default: 10)");
    options.add_value("--min-lag", "SECONDS", min_lag_,
                      "The least distance of a match, 1 to --window (default: 1)");
    options.add_value("--still", "match|skip", still_,
                      "Whether a still picture matches other still ones (default: match)");
    options.add_flag("--repeats", repeats_, "Print one line a repeat, instead of one a second");
    options.add_value("--format", "ndjson|table", format_,
                      "For programs or for people (default: ndjson)");
    options.add_value("--engine", "auto|cpu|cuda", engine_,
                      "What computes it (default: auto: the CPU)");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    scan_options options;
    options.files = files_;
    options.repeats = repeats_;
    for (const auto& read : {&scan_command::read_settings, &scan_command::read_threshold,
                             &scan_command::read_names, &scan_command::read_choices}) {
      if (auto done = (this->*read)(options); !done) return done.error();
    }
    if (auto chosen = choose_engine(options); !chosen) return chosen.error();
    const bool coloured = streams.output_terminal && streams.colour_allowed;
    return run_scan(options, {.output = streams.output,
                              .messages = streams.messages,
                              .output_coloured = coloured,
                              .progress_shown = streams.messages_terminal});
  }

 private:
  outcome<void> read_settings(scan_options& into) const {
    search_settings& settings = into.settings;
    const auto window =
        whole_option("--window", window_, 1, window_seconds_max, settings.window_seconds);
    if (!window) return window.error();
    settings.window_seconds = *window;
    const auto top = whole_option("--top", top_, 1, top_k_max, settings.top_k);
    if (!top) return top.error();
    settings.top_k = *top;
    const auto min_lag =
        whole_option("--min-lag", min_lag_, 1, settings.window_seconds, settings.min_lag_seconds);
    if (!min_lag) return min_lag.error();
    settings.min_lag_seconds = *min_lag;
    return {};
  }

  outcome<void> read_threshold(scan_options& into) const {
    if (threshold_ && similarity_) {
      return failure{errc::usage, "--threshold and --similarity: only one of them can be given"};
    }
    if (threshold_) {
      const auto threshold = parse_real(*threshold_);
      if (!threshold || *threshold < 0) {
        return bad_option("--threshold", *threshold_, "a finite number of at least 0");
      }
      into.settings.threshold = *threshold;
      return {};
    }
    const auto similarity = similarity_ ? parse_real(*similarity_) : similarity_default;
    if (!similarity || *similarity <= 0 || *similarity > 1) {
      return bad_option("--similarity", *similarity_, "a number above 0 and at most 1");
    }
    into.settings.threshold = threshold_of_similarity(*similarity, rule{});
    return {};
  }

  outcome<void> read_names(scan_options& into) const {
    if (std::count(files_.begin(), files_.end(), "-") > 1) {
      return failure{errc::usage, "-: standard input can be read only once"};
    }
    if (channel_ && files_.size() > 1) {
      return failure{errc::usage, "--channel " + *channel_ + ": only with one FILE"};
    }
    if (channel_ && !is_channel_name(*channel_)) {
      return bad_option("--channel", *channel_, channel_name_expected);
    }
    into.channel = channel_;
    const auto is_raw = [&](const std::string& file) {
      return is_raw_recording(file, start_.has_value());
    };
    const auto raw = std::find_if(files_.begin(), files_.end(), is_raw);
    if (!start_) {
      if (raw == files_.end()) return {};
      return failure{errc::usage, *raw + ": a raw recording needs --start TIME"};
    }
    if (raw == files_.end()) {
      return failure{errc::usage, "--start " + *start_ + ": only with a raw recording"};
    }
    into.start = parse_integer(*start_);
    if (into.start && *into.start >= 0 && *into.start <= time_max) return {};
    return bad_option("--start", *start_, "a whole number from 0 to " + std::to_string(time_max));
  }

  outcome<void> read_choices(scan_options& into) const {
    const std::string still = still_.value_or("match"), format = format_.value_or("ndjson");
    if (still != "match" && still != "skip") return bad_option("--still", still, "match or skip");
    if (format != "ndjson" && format != "table") {
      return bad_option("--format", format, "ndjson or table");
    }
    into.settings.still = still == "skip" ? still_policy::skip : still_policy::match;
    into.format = format == "table" ? scan_format::table : scan_format::ndjson;
    return {};
  }

  // Tries the choice once, so that a wrong one is told before any file is read.
  outcome<void> choose_engine(scan_options& into) const {
    const auto kind = parse_engine(engine_.value_or("auto"));
    if (!kind) return kind.error();
    const char* const kernel = std::getenv("REPRISE_KERNEL");
    const engine_choice choice{*kind, kernel == nullptr ? "" : kernel, make_devices_};
    into.make_engine = [choice] { return make_offline_engine(rule{}, choice); };
    // A card answers thousands of seconds a launch: the files take turns on it.
    if (*kind == engine_kind::cuda) into.threads = 1;
    const auto tried = into.make_engine();
    if (!tried) return tried.error();
    return {};
  }

  device_maker make_devices_;
  std::vector<std::string> files_;
  std::optional<std::string> start_, channel_, threshold_, similarity_, window_, top_, min_lag_,
      still_, format_, engine_;
  bool repeats_ = false;
};

}  // namespace

std::unique_ptr<command> make_scan_command(device_maker make_devices) {
  return std::make_unique<scan_command>(std::move(make_devices));
}

}  // namespace reprise
