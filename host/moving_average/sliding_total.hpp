// Durations of the last minutes, summed: minutes come in and leave again.
//
// Shapes   at a date, of the minutes in (date - window, date]. Each minute costs constant work,
//          long gaps too: what leaves the window is taken away from one running total
// Errors   add() throws std::bad_alloc; asserted: no date or minute is earlier than one before it;
//          a total has at most duration_counts_max durations, or fewer of what they are at most
// Threads  one at a time
// Owns     32 bytes for each minute of the window that has durations
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "host/moving_average/duration_sum.hpp"
#include "host/moving_average/event_time.hpp"

namespace reprise {

inline constexpr std::uint32_t window_minutes_max = 525'600;  // a year

// So many of the longest durations are within what a sum holds.
inline constexpr std::uint64_t duration_counts_max = 100'000'000'000;

struct duration_total {
  duration_sum sum;
  std::uint64_t count = 0;

  // Whether both together are within duration_counts_max.
  [[nodiscard]] bool has_room_for(const duration_total& more) const noexcept {
    return count <= duration_counts_max && more.count <= duration_counts_max - count;
  }
  duration_total& operator+=(const duration_total& added) noexcept {
    sum += added.sum;
    count += added.count;
    return *this;
  }
  duration_total& operator-=(const duration_total& taken) noexcept {
    sum -= taken.sum;
    count -= taken.count;
    return *this;
  }
  // Seconds; 0 where there is none.
  [[nodiscard]] double mean() const noexcept { return count == 0 ? 0 : sum.mean(count); }
  friend bool operator==(const duration_total&, const duration_total&) = default;
};

class sliding_total {
 public:
  explicit sliding_total(std::chrono::minutes window);

  // Whether something left the window.
  bool go_to(event_minute date);
  // To the minute gone to last.
  void add(const duration_total& added);
  // Of the window that ends at the date gone to last.
  [[nodiscard]] const duration_total& total() const noexcept { return total_; }

 private:
  struct minute_total {  // a duration_total in it would take 48 bytes
    duration_sum sum;
    event_minute minute;
    std::uint64_t count;
  };

  std::chrono::minutes window_;
  event_minute newest_ = event_minute::min();
  std::deque<minute_total> minutes_;  // of the window, those with durations
  duration_total total_;              // of all of them
};

}  // namespace reprise
