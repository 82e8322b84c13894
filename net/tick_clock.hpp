// The ticks of the wall clock as moments of the steady one, and what became of ticks that nobody
// could serve: the wall clock stepped, or the process stood still.
//
// Shapes   a step is a change of the two clocks' difference by step_min or more between two looks;
//          less is slewing, and followed
// Errors   none
// Threads  one at a time
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "host/clock.hpp"
#include "host/store/history_store.hpp"

namespace reprise {

class tick_clock {
 public:
  static constexpr std::chrono::milliseconds step_min{100};
  // After a step of so much, ticks are missing.
  static constexpr std::chrono::seconds outage_min{1};
  // So many ticks that were slept through are gaps of each channel; more are one outage.
  static constexpr std::int64_t missed_max = 10;
  // A clock that is behind for longer is a problem that people must hear of.
  static constexpr std::int64_t behind_max_seconds = 5;

  explicit tick_clock(const clock_source& from);

  struct change {
    bool stepped = false;                // what was planned must be planned anew
    std::chrono::nanoseconds by{};       // > 0: forward
    std::optional<outage> skipped = {};  // ticks that no channel can be asked in
  };
  // Looks at both clocks.
  change look();

  // This tick has been taken already: a clock that is before it is behind.
  void expect(std::int64_t tick) noexcept;

  [[nodiscard]] steady_time now() const noexcept { return now_; }
  [[nodiscard]] std::int64_t tick() const noexcept { return tick_; }
  [[nodiscard]] steady_time start_of(std::int64_t tick) const noexcept {
    return steady_time{start_of_tick(tick).time_since_epoch() - difference_};
  }
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  // Set while ticks wait for a wall clock that was put back by more than behind_max_seconds.
  [[nodiscard]] std::optional<std::string> problem() const;

 private:
  [[nodiscard]] std::optional<outage> outage_since(std::int64_t before, gap_reason reason) const;

  const clock_source& from_;
  steady_time now_;
  std::chrono::nanoseconds difference_;  // wall less steady
  std::int64_t tick_ = 0;
  std::int64_t newest_tick_ = 0;
  bool far_behind_ = false;
  std::uint64_t steps_ = 0;
};

}  // namespace reprise
