// The frame clock: turns the timestamps of decoded frames, which may be missing or wrong, into
// presentation times that never decrease.
//
// Shapes   microseconds; the first frame is at 0
// Errors   none: every frame gets a time; repairs() counts the timestamps that could not be used as
//          they were
// Threads  one at a time
//
// A missing timestamp continues from the frame before. A step back of less than a second is jitter:
// the frame stands in for the one before it, at the same time. A longer step back (a counter that
// starts again) and a step forward of more than a day (a broken one) continue from the frame
// before, and later timestamps are read relative to that.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace reprise {

inline constexpr std::int64_t second_us = 1'000'000;
// Timestamps and times lie strictly within it: 36,000 years. Sums and differences of a few of them
// stay far from overflow.
inline constexpr std::int64_t timestamp_us_max = std::int64_t{1} << 60;
inline constexpr std::int64_t jitter_us_max = second_us;
inline constexpr std::int64_t jump_us_max = 86'400 * second_us;

[[nodiscard]] constexpr std::int64_t bounded_us(std::int64_t timestamp_us) noexcept {
  return std::clamp(timestamp_us, -timestamp_us_max, timestamp_us_max);
}

class frame_clock {
 public:
  // `period_us`: how long a frame lasts where nothing says so.
  explicit frame_clock(std::int64_t period_us) noexcept
      : period_us_{std::min(period_us, jump_us_max)} {}

  // Durations of zero and less count as not stated.
  [[nodiscard]] std::int64_t time_of(std::optional<std::int64_t> timestamp_us,
                                     std::optional<std::int64_t> duration_us) noexcept;
  // How long the newest frame is said to last, else the usual period; at most a day.
  [[nodiscard]] std::int64_t duration_us() const noexcept { return newest_duration_us_; }
  // The presentation time of another stream's timestamp, without effect on the clock.
  [[nodiscard]] std::int64_t time_of_other(std::int64_t timestamp_us) const noexcept {
    return bounded_us(timestamp_us) - base_us_;
  }
  [[nodiscard]] std::uint64_t repairs() const noexcept { return repairs_; }

 private:
  [[nodiscard]] bool usable(std::int64_t time_us) const noexcept {
    return time_us > newest_us_ - jitter_us_max && time_us <= newest_us_ + jump_us_max;
  }

  std::int64_t period_us_;
  std::int64_t base_us_ = 0;  // the timestamp of presentation time 0
  std::int64_t newest_us_ = 0;
  std::int64_t newest_duration_us_ = 0;
  bool started_ = false;
  bool based_ = false;  // base_us_ comes from a timestamp
  std::uint64_t repairs_ = 0;
};

}  // namespace reprise
