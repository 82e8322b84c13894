#include "host/media/second_sampler.hpp"

#include <algorithm>
#include <utility>

#include "host/match/assert.hpp"

namespace reprise {

second_sampler::second_sampler(visitor sampled) : sampled_{std::move(sampled)} {}

void second_sampler::add(const timed_picture& shown) {
  if (current_) {
    REPRISE_ASSERT(shown.time_us >= current_->time_us);
    const bool hole = shown.time_us - current_->time_us > hold_us_max;
    show_until(hole ? std::min(end_us_, shown.time_us) : shown.time_us);
    *current_ = shown;
  } else {
    current_ = std::make_unique<timed_picture>(shown);
  }
  end_us_ = shown.time_us + std::max<std::int64_t>(shown.duration_us, 0);
}

void second_sampler::finish() {
  if (current_) show_until(end_us_);
  current_.reset();
  close_second();
}

// Spreads the current picture over the seconds from its time to `time_us`.
void second_sampler::show_until(std::int64_t time_us) {
  std::int64_t from_us = current_->time_us;
  while (from_us < time_us) {
    const std::int64_t second = from_us / second_us;
    if (second != second_) {
      close_second();
      second_ = second;
    }
    const std::int64_t until_us = std::min(time_us, (second + 1) * second_us);
    const auto weight = static_cast<double>(until_us - from_us);
    for (std::size_t i = 0; i < luma_cells; ++i) {
      sum_[i] += weight * static_cast<double>(current_->luma[i]);
    }
    covered_us_ += until_us - from_us;
    from_us = until_us;
  }
}

void second_sampler::close_second() {
  if (covered_us_ >= covered_us_min) {
    luma_picture mean;
    for (std::size_t i = 0; i < luma_cells; ++i) {
      mean[i] = static_cast<float>(sum_[i] / static_cast<double>(covered_us_));
    }
    sampled_(second_, mean);
  }
  covered_us_ = 0;
  sum_.fill(0);
}

}  // namespace reprise
