#include "host/moving_average/sliding_average.hpp"

#include <utility>

#include "host/match/assert.hpp"

namespace reprise {

sliding_average::sliding_average(std::chrono::minutes window) : window_{window} {
  REPRISE_ASSERT(window.count() >= 1);
  REPRISE_ASSERT(window.count() <= window_minutes_max);
}

void sliding_average::add(event_minute minute, const duration_sum& duration) {
  go_to(minute);
  if (minutes_.empty() || minutes_.back().minute != minute) minutes_.push_back({{}, minute, 0});
  minutes_.back().sum += duration;
  ++minutes_.back().count;
  sum_ += duration;
  ++count_;
  mean_is_known_ = false;
}

double sliding_average::mean_at(event_minute date) {
  go_to(date);
  if (!std::exchange(mean_is_known_, true)) mean_ = count_ == 0 ? 0 : sum_.mean(count_);
  return mean_;
}

void sliding_average::go_to(event_minute minute) {
  REPRISE_ASSERT(minute >= newest_);
  newest_ = minute;
  while (!minutes_.empty() && minutes_.front().minute <= minute - window_) {
    sum_ -= minutes_.front().sum;
    count_ -= minutes_.front().count;
    minutes_.pop_front();
    mean_is_known_ = false;
  }
}

}  // namespace reprise
