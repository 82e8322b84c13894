#include "host/moving_average/sliding_total.hpp"

#include "host/match/assert.hpp"

namespace reprise {

sliding_total::sliding_total(std::chrono::minutes window) : window_{window} {
  REPRISE_ASSERT(window.count() >= 1);
  REPRISE_ASSERT(window.count() <= window_minutes_max);
}

bool sliding_total::go_to(event_minute date) {
  REPRISE_ASSERT(date >= newest_);
  newest_ = date;
  bool has_left = false;
  while (!minutes_.empty() && minutes_.front().minute <= date - window_) {
    total_ -= {minutes_.front().sum, minutes_.front().count};
    minutes_.pop_front();
    has_left = true;
  }
  return has_left;
}

void sliding_total::add(const duration_total& added) {
  if (minutes_.empty() || minutes_.back().minute != newest_) minutes_.push_back({{}, newest_, 0});
  minutes_.back().sum += added.sum;
  minutes_.back().count += added.count;
  total_ += added;
}

}  // namespace reprise
