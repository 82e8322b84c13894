#include "net/change_window.hpp"

#include <algorithm>
#include <cmath>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

// From so many brackets on, what was seen counts beside what is certain.
constexpr std::size_t brackets_seen_min = 6;
// Brackets have so much noise that their slope over a span has this error, in seconds: four
// standard deviations of jitter and answer delay together.
constexpr double slope_noise = 0.25;
constexpr double drift_error_min = 60e-6;
constexpr double drift_fit_max = 1500e-6;  // a steeper slope is noise
constexpr double slack_min = 0.03;
constexpr double contradiction_min = 0.02;

}  // namespace

std::int64_t change_window::add(double lo, double hi) {
  REPRISE_ASSERT(lo <= hi);
  bracket added{lo, hi, 0};
  added.index = empty() ? static_cast<std::int64_t>(std::floor(lo)) : nearest(added.middle());
  if (!empty() && contradicts(added)) {
    ++contradictions_;
    forget();
    drift_ = 0;
  }
  brackets_[next_] = added;
  next_ = (next_ + 1) % brackets_max;
  size_ = std::min(size_ + 1, brackets_max);
  newest_ = added.index;
  refit();
  return added.index;
}

void change_window::forget() {
  size_ = 0;
  next_ = 0;
}

bool change_window::contradicts(const bracket& added) const noexcept {
  const auto age = static_cast<double>(added.index - newest_);
  const auto k = static_cast<double>(added.index);
  const double latest = certain_latest_ + (drift_ + drift_error_) * age;
  const double earliest = certain_earliest_ + (drift_ - drift_error_) * age;
  return added.lo - k > latest + jitter_max + contradiction_min ||
         added.hi - k < earliest - jitter_max - contradiction_min;
}

void change_window::refit() {
  fit_drift();
  certain_latest_ = seen_earliest_ = 1e300;
  certain_earliest_ = seen_latest_ = -1e300;
  double width = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const bracket& from = brackets_[i];
    const auto age = static_cast<double>(newest_ - from.index);
    const double carried = drift_ * age - static_cast<double>(from.index);
    const double error = drift_error_ * age;
    certain_latest_ = std::min(certain_latest_, from.hi + carried + error + jitter_max);
    certain_earliest_ = std::max(certain_earliest_, from.lo + carried - error - jitter_max);
    seen_latest_ = std::max(seen_latest_, from.middle() + carried);
    seen_earliest_ = std::min(seen_earliest_, from.middle() + carried);
    width += from.hi - from.lo;
  }
  slack_ = slack_min + width / static_cast<double>(size_) / 2;
}

void change_window::fit_drift() {
  const bracket& oldest = brackets_[size_ < brackets_max ? 0 : next_];
  const auto span = static_cast<double>(newest_ - oldest.index);
  if (span * drift_max < slope_noise) {
    drift_error_ = drift_max;
    return;
  }
  drift_ =
      std::clamp(median_slope(static_cast<std::int64_t>(span / 3)), -drift_fit_max, drift_fit_max);
  drift_error_ = std::max(slope_noise / span, drift_error_min);
}

double change_window::median_slope(std::int64_t least_distance) const {
  std::array<double, brackets_max*(brackets_max - 1) / 2> slopes;
  std::size_t count = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::int64_t distance = brackets_[i].index - brackets_[j].index;
      if (std::abs(distance) < std::max<std::int64_t>(least_distance, 1)) continue;
      const auto run = static_cast<double>(distance);
      slopes[count++] = (brackets_[i].middle() - brackets_[j].middle() - run) / run;
    }
  }
  if (count == 0) return drift_;
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(slopes.begin(), middle, slopes.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

double change_window::ask_phase(std::int64_t k) const noexcept {
  const auto age = static_cast<double>(k - newest_);
  const double carried = (drift_ + drift_error_) * age;
  const double certain = certain_latest_ + jitter_max + carried;
  if (size_ < brackets_seen_min) return certain;
  return std::min(certain, seen_latest_ + slack_ + carried);
}

double change_window::first_phase(std::int64_t k) const noexcept {
  const auto age = static_cast<double>(k - newest_);
  const double carried = (drift_ - drift_error_) * age;
  const double certain = certain_earliest_ - jitter_max + carried;
  if (size_ < brackets_seen_min) return certain;
  return std::max(certain, seen_earliest_ - slack_ + carried);
}

std::int64_t change_window::nearest(double moment) const noexcept {
  const double centre = static_cast<double>(newest_) + (seen_latest_ + seen_earliest_) / 2;
  return newest_ + std::llround((moment - centre) / (1 + drift_));
}

double change_window::doubt(double moment) const noexcept {
  const double age = moment - static_cast<double>(newest_) - seen_latest_;
  return std::max(0.0, age) * drift_error_;
}

}  // namespace reprise
