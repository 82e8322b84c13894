// The mean duration of the events of the last minutes, minute by minute.
//
// Shapes   at a date, of the events in (date - window, date]: those that belong (event_time.hpp) to
//          the last `window` minutes; 0 where there is none. Each event and each date costs
//          constant work, long gaps too: what leaves the window is taken away from one running sum
// Errors   add() and mean_at() throw std::bad_alloc; asserted: neither goes back in time
// Threads  one at a time
// Owns     32 bytes for each minute of the window that has events
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "host/moving_average/duration_sum.hpp"
#include "host/moving_average/event_time.hpp"

namespace reprise {

inline constexpr std::uint32_t window_minutes_max = 525'600;  // a year

class sliding_average {
 public:
  explicit sliding_average(std::chrono::minutes window);

  // An event of that minute, no earlier than any minute that was added or asked for.
  void add(event_minute minute, const duration_sum& duration);
  // Seconds. No date is earlier than any minute that was added or asked for.
  [[nodiscard]] double mean_at(event_minute date);

 private:
  struct minute_total {
    duration_sum sum;
    event_minute minute;
    std::uint64_t count;
  };

  void go_to(event_minute minute);

  std::chrono::minutes window_;
  event_minute newest_ = event_minute::min();
  std::deque<minute_total> minutes_;  // of the window, those with events
  duration_sum sum_;                  // of all of them
  std::uint64_t count_ = 0;
  double mean_ = 0;
  bool mean_is_known_ = true;
};

}  // namespace reprise
