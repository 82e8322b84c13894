#include "host/scan_recording.hpp"

#include <span>
#include <vector>

namespace reprise {
namespace {

constexpr std::uint64_t count_interval = 256;  // seconds between two updates of the counters

failure refused(std::string_view channel, errc code) {
  return {code, std::string{channel} + ": the engine refused: " + std::string{to_string(code)}};
}

class scanner final : run_visitor {
 public:
  scanner(const recording_scan& job, channel_id channel)
      : job_{job},
        channel_{channel},
        tracker_{job.engine.parameters(), job.settings.window_seconds},
        run_(job.engine.run_ticks_best()) {}

  [[nodiscard]] outcome<void> run() {
    for (;;) {
      std::size_t read = 0;
      outcome<bool> more = true;
      while (read < run_.size() && (more = job_.reader.next(run_[read])) && *more) ++read;
      if (auto stepped = step(read); !stepped) return stepped;
      if (!more) return more.error();
      if (!*more) return {};
    }
  }

  [[nodiscard]] outcome<void> emit_open_repeats() {
    if (!job_.text.repeats) return {};
    for (const repeat& open : tracker_.open_repeats()) {
      job_.text.append_repeat(lines_, job_.channel, open);
    }
    return emit();
  }

  void count() {
    job_.counters.seconds += seconds_ - seconds_counted_;
    job_.counters.bytes_read += job_.reader.bytes_read() - bytes_counted_;
    seconds_counted_ = seconds_;
    bytes_counted_ = job_.reader.bytes_read();
  }

  [[nodiscard]] std::uint64_t dropped() const noexcept { return tracker_.dropped(); }

 private:
  outcome<void> step(std::size_t count) {
    ticks_.clear();
    for (const recorded_second& second : std::span{run_}.first(count)) {
      ticks_.push_back({.channel = channel_, .time = second.time, .fingerprint = second.bits});
      if (job_.text.repeats) ticks_.back().all_matches = &tracker_;
    }
    stopped_ = {};
    job_.engine.step_run(ticks_, *this);
    return stopped_;
  }

  void begin(const tick& taken) override {
    if (stopped_ && job_.text.repeats) tracker_.begin_tick(taken.time);
  }

  void finish(const tick& taken, const tick_result& answer) override {
    if (!stopped_) return;
    if (answer.error) {
      stopped_ = refused(job_.channel, *answer.error);
      return;
    }
    if (job_.text.repeats) {
      for (const repeat& closed : tracker_.finish_tick(answer)) {
        job_.text.append_repeat(lines_, job_.channel, closed);
      }
    } else if (!answer.best.empty()) {
      job_.text.append_matches(lines_, job_.channel, taken.time, answer.best);
    }
    if (++seconds_ % count_interval == 0) count();
    stopped_ = emit();
  }

  outcome<void> emit() {
    if (lines_.empty()) return {};
    const bool wanted = job_.emit(lines_);
    lines_.clear();
    if (!wanted) return failure{errc::output_closed, "the output is closed"};
    return {};
  }

  const recording_scan& job_;
  channel_id channel_;
  repeat_tracker tracker_;
  std::vector<recorded_second> run_;  // read, and not stepped yet
  std::vector<tick> ticks_;
  outcome<void> stopped_;  // why the rest of the run does not count
  std::string lines_;
  std::uint64_t seconds_ = 0;
  std::uint64_t seconds_counted_ = 0;
  std::uint64_t bytes_counted_ = 0;
};

}  // namespace

recording_scanned scan_recording(const recording_scan& job) {
  const auto channel = job.engine.add_channel(job.settings);
  if (!channel) return {.failed = refused(job.channel, channel.error())};
  scanner scanning{job, *channel};
  recording_scanned done;
  if (auto ran = scanning.run(); !ran) done.failed = ran.error();
  if (!done.failed || done.failed->code != errc::output_closed) {
    if (auto emitted = scanning.emit_open_repeats(); !emitted) done.failed = emitted.error();
  }
  scanning.count();
  job.engine.remove_channel(*channel);
  done.repeats_dropped = scanning.dropped();
  return done;
}

}  // namespace reprise
