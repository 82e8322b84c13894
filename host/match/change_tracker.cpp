#include "host/match/change_tracker.hpp"

#include <algorithm>
#include <cstring>

namespace reprise {

change_tracker::change_tracker(const rule& by, still_policy still)
    : rule_{by}, policy_{still}, fingerprint_(by.words()), change_(by.words()) {}

std::optional<errc> change_tracker::begin(const tick& taken) noexcept {
  if (taken.time <= newest_time_ || taken.time < 0 || taken.time > time_max) {
    return errc::time_not_increasing;
  }
  if (!taken.fingerprint.empty() && taken.fingerprint.size() != rule_.bytes()) {
    return errc::fingerprint_malformed;
  }
  has_change_ = false;
  if (taken.fingerprint.empty()) return std::nullopt;
  const bool follows = fingerprint_time_ == taken.time - 1;
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < change_.size(); ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, taken.fingerprint.data() + i * sizeof word, sizeof word);
    change_[i] = word ^ fingerprint_[i];
    fingerprint_[i] = word;
    any |= change_[i];
  }
  fingerprint_time_ = taken.time;
  is_zero_ = any == 0;
  has_change_ = follows && !(is_zero_ && policy_ == still_policy::skip);
  return std::nullopt;
}

void change_tracker::finish(const tick& taken) noexcept {
  const bool follows = newest_time_ == taken.time - 1;
  newest_time_ = taken.time;
  if (!follows || !has_change_) present_ = still_ = 0;
  if (!has_change_) return;
  present_ = std::min(present_ + 1, rule_.run);
  still_ = is_zero_ ? std::min(still_ + 1, rule_.run) : 0;
}

}  // namespace reprise
