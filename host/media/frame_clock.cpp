#include "host/media/frame_clock.hpp"

#include <algorithm>

namespace reprise {
namespace {

bool sane(std::int64_t timestamp_us) {
  return timestamp_us > -timestamp_us_max && timestamp_us < timestamp_us_max;
}

}  // namespace

std::int64_t frame_clock::time_of(std::optional<std::int64_t> timestamp_us,
                                  std::optional<std::int64_t> duration_us) noexcept {
  if (timestamp_us && !sane(*timestamp_us)) timestamp_us.reset();
  const std::int64_t next_us = started_ ? bounded_us(newest_us_ + newest_duration_us_) : 0;
  std::int64_t time_us = next_us;
  if (timestamp_us && !based_) {
    base_us_ = *timestamp_us - next_us;
    based_ = true;
  } else if (timestamp_us && usable(*timestamp_us - base_us_)) {
    time_us = bounded_us(std::max(*timestamp_us - base_us_, newest_us_));
    if (time_us != *timestamp_us - base_us_) ++repairs_;
  } else if (timestamp_us) {
    base_us_ = *timestamp_us - next_us;
    ++repairs_;
  }
  started_ = true;
  newest_us_ = time_us;
  newest_duration_us_ =
      duration_us && *duration_us > 0 && *duration_us <= jump_us_max ? *duration_us : period_us_;
  return time_us;
}

}  // namespace reprise
