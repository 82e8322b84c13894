#include "net/demo_command.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "host/match/reference_matcher.hpp"
#include "net/demo_broadcast.hpp"
#include "net/option_values.hpp"
#include "net/running_service.hpp"
#include "net/simulate/report_check.hpp"
#include "net/simulate/simulation_run.hpp"
#include "net/simulate_options.hpp"

namespace reprise {
namespace {

using namespace simulate;

constexpr std::uint32_t demo_channels = 24;
constexpr std::uint32_t demo_seconds_least = 20;
constexpr std::uint32_t demo_seconds_max = 86'400;
constexpr std::size_t reports_told_max = 10;
constexpr std::int64_t summary_seconds = 10;

// A folder for the service's data, removed with what is in it.
class scratch_folder {
 public:
  [[nodiscard]] static outcome<scratch_folder> make() {
    std::string path = (std::filesystem::temp_directory_path() / "reprise-demo-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) {
      return failure{errc::io_failed, path + ": the folder cannot be made"};
    }
    return scratch_folder{std::move(path)};
  }
  scratch_folder(scratch_folder&& from) noexcept : path_{std::exchange(from.path_, {})} {}
  scratch_folder& operator=(scratch_folder&&) = delete;
  ~scratch_folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit scratch_folder(std::string path) : path_{std::move(path)} {}
  std::string path_;
};

// Passes on what goes wrong; the rest is the service's, not the demonstration's.
class warnings_only final : public event_log {
 public:
  explicit warnings_only(event_log& to) : to_{to} {}
  void write(log_level level, std::string_view event,
             std::initializer_list<log_field> fields) override {
    if (level >= log_level::warning) to_.write(level, event, fields);
  }

 private:
  event_log& to_;
};

// Tells the first correct reports a line each, then how it goes.
class demo_teller {
 public:
  // `exact` gives the answer that a report is held to; both outlive it.
  demo_teller(const process_streams& streams, const broadcast_options& shown, matcher& exact)
      : streams_{streams}, shown_{shown}, exact_{exact} {
    for (std::uint32_t channel = 0; channel < demo_channels; ++channel) {
      channels_.emplace(simulated_name(shown.seed, channel), channel);
    }
  }

  void say(std::string_view line) {
    if (failed_) return;
    if (auto written = streams_.output.write(std::string{line} + "\n"); !written) {
      failed_ = written.error();
    }
  }
  // Nobody hears any more: there is nothing left to demonstrate.
  [[nodiscard]] const std::optional<failure>& failed() const noexcept { return failed_; }

  void look(const report_log& log, std::int64_t seconds) {
    if (!failed_ && streams_.output.abandoned()) {
      failed_ = failure{errc::output_closed, "the output is closed"};
    }
    tell_new(log);
    if (seconds < summary_at_ || log.counts().accepted == 0) return;
    summary_at_ = seconds + summary_seconds - seconds % summary_seconds;
    const delay_percentiles delay = percentiles_of(log.delays_ms());
    say(
        fmt::format("{:4} s: {} reports received; from a second's beginning to its report: median "
                    "{} ms, 99 % within {} ms",
                    seconds, log.counts().accepted, delay.p50_ms, delay.p99_ms));
  }

 private:
  void tell_new(const report_log& log) {
    if (told_.size() >= reports_told_max) return;
    for (const auto& [channel, reports] : log.channels()) {
      for (const auto& [time, report] : reports.by_time) {
        if (told_.size() >= reports_told_max) return;
        if (report.match_times.empty() || !told_.emplace(channel, time).second) continue;
        if (!is_right(channel, time, report)) continue;  // the verdict will tell of it
        say(fmt::format("{}: {:%H:%M:%S} repeats {:%H:%M:%S}, {} s earlier", channel,
                        fmt::gmtime(time), fmt::gmtime(report.match_times.front()),
                        time - report.match_times.front()));
      }
    }
  }

  bool is_right(const std::string& channel, std::int64_t time, const received_report& report) {
    const auto known = channels_.find(channel);
    if (known == channels_.end()) return false;
    const auto right = simulate::is_right(shown_, known->second, time, report.match_times,
                                          simulated_search(), exact_);
    if (!right) failed_ = right.error();
    return right && *right;
  }

  const process_streams& streams_;
  const broadcast shown_;
  matcher& exact_;
  std::map<std::string, std::uint32_t, std::less<>> channels_;
  std::optional<failure> failed_;  // the output, or the exact answer
  std::set<std::pair<std::string, std::int64_t>> told_;
  std::int64_t summary_at_ = summary_seconds;
};

class demo_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "demo"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Run the service on a simulated broadcast of real films, and judge its reports";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise demo --for 60";
  }
  void declare(option_set& options) override {
    options.add_value("--for", "SECONDS", seconds_,
                      "End after so long, 20 to 86400 (default: when interrupted)");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const auto seconds =
        whole_option("--for", seconds_, demo_seconds_least, demo_seconds_max, demo_seconds_max);
    if (!seconds) return seconds.error();
    auto played = demo_broadcast();
    if (!played) return played.error();
    const auto& interrupted = catch_interruption();  // before there is anything to leave behind
    const auto folder = scratch_folder::make();
    if (!folder) return folder.error();
    const auto log = make_event_log(log_format::text, false);
    warnings_only quiet{*log};
    auto service = start_service(setup(folder->path()), quiet, end_at_once);
    if (!service) return service.error();

    simulation_options options;
    options.service = fmt::format("http://127.0.0.1:{}", (*service)->port());
    options.seconds = *seconds;
    options.shown.recordings.push_back(std::move(*played));
    options.sources.channels = demo_channels;
    options.sources.in_phase = true;
    const auto exact = make_reference_matcher(rule{});
    if (!exact) return failure{exact.error(), "the reference engine cannot be made"};
    demo_teller teller{streams, options.shown, **exact};
    teller.say(
        fmt::format("{} channels play a broadcast of real films, each from another place; the "
                    "service at {} looks for what comes again",
                    demo_channels, options.service));
    options.watch = [&teller](const report_log& seen, std::int64_t at) {
      teller.look(seen, at);
      return !teller.failed();
    };
    const auto verdict = run_simulation(options, **exact, interrupted, [](auto) {});
    (*service)->stop();
    if (teller.failed()) return *teller.failed();
    if (!verdict) return verdict.error();
    teller.say(verdict_text(*verdict));
    return verdict->clean() ? 0 : 1;
  }

 private:
  static service_setup setup(const std::string& folder) {
    service_setup made;
    made.made.server.listen = "127.0.0.1:0";
    made.made.data.dir = folder;
    made.made.egress.allow = {"127.0.0.0/8"};
    return made;
  }
  [[noreturn]] static void end_at_once(const failure& why) {
    std::fprintf(stderr, "reprise: %s\n", why.what.c_str());
    std::_Exit(exit_status(errc::storage_lost));
  }

  std::optional<std::string> seconds_;
};

}  // namespace

std::unique_ptr<command> make_demo_command() {
  return std::make_unique<demo_command>();
}

}  // namespace reprise
