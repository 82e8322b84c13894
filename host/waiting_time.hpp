// Waiting for another process, counted in short slices.
//
// Threads  one at a time
//
// While we are stopped (Ctrl-Z) clocks go on, but whom we wait for may be stopped as well. So a
// slice counts as one slice at most, however long it lasted.
#pragma once

#include <algorithm>
#include <chrono>

namespace reprise {

inline constexpr std::chrono::milliseconds wait_slice_max{200};

class waiting_time {
 public:
  using duration = std::chrono::nanoseconds;

  explicit waiting_time(duration limit) noexcept : left_{limit} {}

  // How long to wait next; more than 0, unless the limit was.
  [[nodiscard]] std::chrono::milliseconds slice() const noexcept {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(left_);
    return std::clamp(left, std::chrono::milliseconds{0}, wait_slice_max);
  }
  void count(duration waited) noexcept { left_ -= std::min<duration>(waited, wait_slice_max); }
  [[nodiscard]] bool is_over() const noexcept { return left_ <= duration{0}; }

 private:
  duration left_;
};

}  // namespace reprise
