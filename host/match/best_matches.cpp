#include "host/match/best_matches.hpp"

#include <algorithm>

namespace reprise {

void best_matches::reset(std::uint32_t top_k, score_value limit) noexcept {
  top_k_ = top_k;
  limit_ = limit;
  count_ = 0;
  full_ = false;
}

void best_matches::offer(const match& offered, const std::uint32_t* factors,
                         std::uint32_t run) noexcept {
  if (offered.score <= limit_) return;
  entry& made = entries_[count_++];
  made.found = offered;
  std::copy_n(factors, run, made.factors.begin());
  if (count_ == top_k_ + spare) cut();
}

void best_matches::cut() noexcept {
  const auto kth = entries_.begin() + (top_k_ - 1);
  std::nth_element(entries_.begin(), kth, entries_.begin() + count_, better);
  count_ = top_k_;
  limit_ = kth->found.score;
  factors_ = kth->factors;
  full_ = true;
}

std::span<const match> best_matches::sorted() noexcept {
  // Equal scores, the most usual case, come in order.
  const auto end = entries_.begin() + count_;
  if (!std::is_sorted(entries_.begin(), end, better)) std::sort(entries_.begin(), end, better);
  count_ = std::min(count_, top_k_);
  for (std::uint32_t i = 0; i < count_; ++i) sorted_[i] = entries_[i].found;
  return {sorted_.data(), count_};
}

}  // namespace reprise
