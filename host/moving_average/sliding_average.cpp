#include "host/moving_average/sliding_average.hpp"

#include <utility>

namespace reprise {

void sliding_average::add(event_minute minute, const duration_sum& duration) {
  events_.go_to(minute);
  events_.add({duration, 1});
  mean_is_known_ = false;
}

double sliding_average::mean_at(event_minute date) {
  if (events_.go_to(date)) mean_is_known_ = false;
  if (!std::exchange(mean_is_known_, true)) mean_ = events_.total().mean();
  return mean_;
}

}  // namespace reprise
