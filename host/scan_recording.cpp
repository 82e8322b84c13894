#include "host/scan_recording.hpp"

namespace reprise {
namespace {

constexpr std::uint64_t count_interval = 256;  // seconds between two updates of the counters

failure refused(std::string_view channel, errc code) {
  return {code, std::string{channel} + ": the engine refused: " + std::string{to_string(code)}};
}

class scanner {
 public:
  scanner(const recording_scan& job, channel_id channel)
      : job_{job},
        channel_{channel},
        tracker_{job.engine.parameters(), job.settings.window_seconds} {}

  [[nodiscard]] outcome<void> run() {
    recorded_second second;
    for (;;) {
      const auto more = job_.reader.next(second);
      if (!more) return more.error();
      if (!*more) return {};
      if (auto stepped = step(second); !stepped) return stepped;
      if (++seconds_ % count_interval == 0) count();
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
  outcome<void> step(const recorded_second& second) {
    tick taken{.channel = channel_, .time = second.time, .fingerprint = second.bits};
    if (job_.text.repeats) {
      tracker_.begin_tick(second.time);
      taken.all_matches = &tracker_;
    }
    tick_result answer;
    job_.engine.step({&taken, 1}, {&answer, 1});
    if (answer.error) return refused(job_.channel, *answer.error);
    if (job_.text.repeats) {
      for (const repeat& closed : tracker_.finish_tick(answer)) {
        job_.text.append_repeat(lines_, job_.channel, closed);
      }
    } else if (!answer.best.empty()) {
      job_.text.append_matches(lines_, job_.channel, second.time, answer.best);
    }
    return emit();
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
