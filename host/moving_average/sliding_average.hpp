// The mean duration of the events of the last minutes, minute by minute.
//
// Shapes   at a date, of the events in (date - window, date]: those that belong (event_time.hpp) to
//          the last `window` minutes; 0 where there is none. Each event and each date costs
//          constant work, long gaps too
// Errors   add() throws std::bad_alloc; asserted: neither goes back in time
// Threads  one at a time
// Owns     32 bytes for each minute of the window that has events
#pragma once

#include "host/moving_average/sliding_total.hpp"

namespace reprise {

class sliding_average {
 public:
  explicit sliding_average(std::chrono::minutes window) : events_{window} {}

  // An event of that minute, no earlier than any minute that was added or asked for.
  void add(event_minute minute, const duration_sum& duration);
  // Seconds. No date is earlier than any minute that was added or asked for.
  [[nodiscard]] double mean_at(event_minute date);

 private:
  sliding_total events_;
  double mean_ = 0;
  bool mean_is_known_ = true;
};

}  // namespace reprise
