// Where a search puts the candidates it finds: computes their exact scores, keeps the k best, and
// tells a visitor of all of them where there is one.
//
// Shapes   candidates come in order of increasing lag, each with the agreements of its run, newest
//          first
// Threads  one at a time; one for each worker
// Owns     its buffers; collecting allocates nothing
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "host/match/agreement_kernels.hpp"
#include "host/match/best_matches.hpp"
#include "host/match/matcher.hpp"

namespace reprise {

class match_collector {
 public:
  // Starts a tick: `limit` is the greatest score that is no match.
  void reset(const rule& by, std::uint32_t top_k, score_value limit,
             match_visitor* visitor) noexcept;
  void offer(std::uint32_t lag_seconds, const std::uint32_t* agreements) noexcept;
  // Ends the tick: the best in order, valid until the next reset.
  [[nodiscard]] std::span<const match> finish() noexcept;

  // What a candidate must pass now so that offering it may change anything.
  [[nodiscard]] diagonal_bound bound() const noexcept;

 private:
  static constexpr std::uint32_t piece_matches = 64;

  std::uint32_t run_ = 1;
  score_value limit_ = 0;
  match_visitor* visitor_ = nullptr;
  std::uint32_t piece_count_ = 0;
  std::array<match, piece_matches> piece_;
  best_matches best_;
};

}  // namespace reprise
