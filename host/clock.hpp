// Time behind an interface: the wall clock that ticks are counted by, and the steady one that waits
// are measured with.
//
// Shapes   both in nanoseconds; wall time since 1970-01-01 UTC, without leap seconds
// Errors   none
// Threads  any
#pragma once

#include <chrono>
#include <cstdint>

namespace reprise {

using wall_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using steady_time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class clock_source {
 public:
  virtual ~clock_source() = default;
  [[nodiscard]] virtual wall_time wall() const noexcept = 0;  // may step
  [[nodiscard]] virtual steady_time steady() const noexcept = 0;
};

// The system's clocks.
class system_clock_source final : public clock_source {
 public:
  [[nodiscard]] wall_time wall() const noexcept override {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] steady_time steady() const noexcept override {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now());
  }
};

// The tick that a moment lies in: whole seconds, rounded down.
[[nodiscard]] inline std::int64_t tick_of(wall_time moment) noexcept {
  return std::chrono::floor<std::chrono::seconds>(moment).time_since_epoch().count();
}
[[nodiscard]] inline wall_time start_of_tick(std::int64_t tick) noexcept {
  return wall_time{std::chrono::seconds{tick}};
}

}  // namespace reprise
