// The k best of a tick's matches, by score, ties to the smallest lag, in time that does not depend
// on the order in which they come: they are gathered, and cut back to k whenever the buffer is
// full.
//
// Shapes   offers come in order of increasing lag
// Threads  one at a time
// Owns     its buffer, sized once for top_k_max; offering allocates nothing
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "host/match/matcher.hpp"

namespace reprise {

class best_matches {
 public:
  // Starts a new tick: only scores above `limit` count.
  void reset(std::uint32_t top_k, score_value limit) noexcept;

  // Nothing at or below this score can enter any more.
  [[nodiscard]] score_value limit() const noexcept { return limit_; }
  // The factors of the k-th best, once limit() is its score: another product of just these is a tie
  // with a larger lag, and loses.
  [[nodiscard]] bool is_full() const noexcept { return full_; }
  [[nodiscard]] const std::uint32_t* limit_factors() const noexcept { return factors_.data(); }

  void offer(const match& offered, const std::uint32_t* factors, std::uint32_t run) noexcept;

  // The best so far, in order. Valid until the next offer or reset.
  [[nodiscard]] std::span<const match> sorted() noexcept;

 private:
  struct entry {
    match found;
    std::array<std::uint32_t, run_max> factors;
  };
  static constexpr std::uint32_t spare = 256;  // offers between two cuts

  static bool better(const entry& a, const entry& b) noexcept {
    return ranks_before(a.found, b.found);
  }
  void cut() noexcept;

  std::uint32_t top_k_ = 1;
  std::uint32_t count_ = 0;
  bool full_ = false;
  score_value limit_ = 0;
  std::array<std::uint32_t, run_max> factors_{};
  std::array<entry, top_k_max + spare> entries_;
  std::array<match, top_k_max> sorted_;
};

}  // namespace reprise
