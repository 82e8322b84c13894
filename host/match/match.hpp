// A match of one tick, and the order in which matches are reported: by score, then recency.
//
// Shapes   a lag in seconds; a score in units of 1/bits^run
// Threads  pure
// Agrees   every engine orders by ranks_before()
// Source   the rule, docs/design.md
#pragma once

#include <cstdint>

#include "host/match/host_device.hpp"
#include "host/match/score.hpp"

namespace reprise {

// The query second repeats the second `lag_seconds` before it.
struct match {
  std::uint32_t lag_seconds = 0;
  score_value score = 0;
  friend bool operator==(const match&, const match&) = default;
};

REPRISE_HOST_DEVICE constexpr bool ranks_before(const match& a, const match& b) noexcept {
  return a.score != b.score ? a.score > b.score : a.lag_seconds < b.lag_seconds;
}

}  // namespace reprise
