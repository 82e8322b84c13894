// How one source does: counts its failures, and decides whether it is slow or down and whether it
// is asked at all.
//
// Shapes   a circuit that is open lets one poll in circuit_probe_ticks through
// Errors   none
// Threads  one at a time
#pragma once

#include <cstdint>

#include "host/channel_book.hpp"
#include "host/gap_reason.hpp"

namespace reprise {

class failure_count {
 public:
  static constexpr std::uint32_t slow_after = 2;      // timeouts in a row
  static constexpr std::uint32_t down_after = 5;      // failures in a row
  static constexpr std::uint32_t circuit_after = 60;  // failures in a row
  static constexpr std::int64_t circuit_probe_ticks = 5;

  void succeeded() noexcept { *this = failure_count{source_health::live}; }
  void failed(gap_reason reason, std::int64_t tick) noexcept;

  [[nodiscard]] source_health health() const noexcept { return health_; }
  [[nodiscard]] std::uint32_t in_row() const noexcept { return in_row_; }
  [[nodiscard]] bool circuit_open() const noexcept { return in_row_ >= circuit_after; }
  [[nodiscard]] bool asks_at(std::int64_t tick) const noexcept {
    return !circuit_open() || tick >= last_tick_ + circuit_probe_ticks;
  }

  failure_count() = default;

 private:
  explicit failure_count(source_health health) : health_{health} {}

  source_health health_ = source_health::pending;
  std::uint32_t in_row_ = 0;
  std::uint32_t timeouts_ = 0;  // in a row
  std::int64_t last_tick_ = 0;  // of the last failure
};

}  // namespace reprise
