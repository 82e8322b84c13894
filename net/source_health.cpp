#include "net/source_health.hpp"

#include <algorithm>

namespace reprise {

void failure_count::failed(gap_reason reason, std::int64_t tick) noexcept {
  in_row_ = std::min(in_row_ + 1, circuit_after);
  const bool too_late = reason == gap_reason::timeout || reason == gap_reason::late;
  timeouts_ = too_late ? std::min(timeouts_ + 1, slow_after) : 0;
  last_tick_ = tick;
  if (in_row_ >= down_after) {
    health_ = source_health::down;
  } else if (timeouts_ >= slow_after) {
    health_ = source_health::slow;
  }
}

}  // namespace reprise
