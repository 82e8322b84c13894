// Match scores as exact integers, and their conversions: to and from doubles, thresholds,
// similarities.
//
// Shapes   a score is the product of `run` agreements, each an integer of at most agreement_max():
//          at most 125 bits for every rule, 95 bits for 1024/256/5. The real score is that integer
//          divided by bits^run
// Errors   none; asserted: thresholds are finite and >= 0, similarities in (0, 1]
// Threads  pure
// Source   the rule, docs/design.md
#pragma once

#include <cstdint>

#include "host/match/host_device.hpp"
#include "host/match/rule.hpp"

namespace reprise {

__extension__ using score_value = unsigned __int128;

// Product of `run` agreements. Multiplied pairwise, so that 64 bits suffice for as long as they
// can.
REPRISE_HOST_DEVICE inline score_value match_score(const std::uint32_t* agreements,
                                                   std::uint32_t run) noexcept {
  std::uint64_t low = agreements[0];
  std::uint64_t high = 1;
  if (run > 1) low *= agreements[1];
  if (run > 2) high = agreements[2];
  if (run > 3) high *= agreements[3];
  score_value product = static_cast<score_value>(low) * high;
  if (run > 4) product *= agreements[4];
  return product;
}

// The greatest integer score that is no match at this threshold: floor(threshold * bits^run),
// and the greatest representable value where that is larger. A score matches if it is greater.
[[nodiscard]] score_value score_limit(double threshold, const rule& by) noexcept;

// The largest double below (similarity * M)^run, M the greatest agreement: the threshold at which a
// score of exactly that similarity matches.
[[nodiscard]] double threshold_of_similarity(double similarity, const rule& by) noexcept;

// The double nearest to the real score; ties to even.
[[nodiscard]] double nearest_double(score_value score, const rule& by) noexcept;

// score^(1/run) / M, in [0, 1], for people to read.
[[nodiscard]] double similarity_of(score_value score, const rule& by) noexcept;

}  // namespace reprise
