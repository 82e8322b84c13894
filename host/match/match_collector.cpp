#include "host/match/match_collector.hpp"

#include <algorithm>

namespace reprise {

void match_collector::reset(const rule& by, std::uint32_t top_k, score_value limit,
                            match_visitor* visitor) noexcept {
  run_ = by.run;
  limit_ = limit;
  visitor_ = visitor;
  piece_count_ = 0;
  best_.reset(top_k, limit);
}

void match_collector::offer(std::uint32_t lag_seconds, const std::uint32_t* agreements) noexcept {
  const match found{lag_seconds, match_score(agreements, run_)};
  if (found.score <= limit_) return;
  best_.offer(found, agreements, run_);
  if (visitor_ == nullptr) return;
  piece_[piece_count_++] = found;
  if (piece_count_ == piece_matches) {
    visitor_->visit(piece_);
    piece_count_ = 0;
  }
}

std::span<const match> match_collector::finish() noexcept {
  if (piece_count_ > 0) visitor_->visit({piece_.data(), piece_count_});
  piece_count_ = 0;
  return best_.sorted();
}

diagonal_bound match_collector::bound() const noexcept {
  // A product of five doubles is off by less than 2^-50 of itself: 2^-48 lower loses nothing. The
  // least score above a limit of 0 is 1.
  const bool tied = visitor_ == nullptr && best_.is_full();
  const score_value limit = visitor_ == nullptr ? best_.limit() : limit_;
  diagonal_bound made{};
  made.product_min = std::max(0.5, static_cast<double>(limit) * (1 - 0x1p-48));
  // Without k candidates there is no tie to drop, and no candidate has only zeros as factors and
  // passes.
  if (tied) std::copy_n(best_.limit_factors(), run_, made.except);
  return made;
}

}  // namespace reprise
