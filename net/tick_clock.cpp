#include "net/tick_clock.hpp"

#include <algorithm>

namespace reprise {
namespace {

std::chrono::nanoseconds difference_of(wall_time wall, steady_time steady) {
  return wall.time_since_epoch() - steady.time_since_epoch();
}

}  // namespace

tick_clock::tick_clock(const clock_source& from)
    : from_{from},
      now_{from.steady()},
      difference_{difference_of(from.wall(), now_)},
      tick_{tick_of(from.wall())},
      newest_tick_{tick_} {}

tick_clock::change tick_clock::look() {
  const std::int64_t before = tick_;
  now_ = from_.steady();
  const wall_time wall = from_.wall();
  const std::chrono::nanoseconds moved = difference_of(wall, now_) - difference_;
  difference_ += moved;
  tick_ = tick_of(wall);

  change found;
  if (std::chrono::abs(moved) >= step_min) {
    ++steps_;
    found.stepped = true;
    found.by = moved;
    if (moved >= outage_min) found.skipped = outage_since(before, gap_reason::clock);
  } else if (tick_ - before > missed_max + 1) {
    found.skipped = outage_since(before, gap_reason::late);
  }
  expect(tick_);
  if (newest_tick_ == tick_) far_behind_ = false;
  return found;
}

void tick_clock::expect(std::int64_t tick) noexcept {
  newest_tick_ = std::max(newest_tick_, tick);
  if (newest_tick_ - tick_ > behind_max_seconds) far_behind_ = true;
}

// The present tick belongs to it unless it has only begun: polls in the middle of it would go to
// some channels and not to others.
std::optional<outage> tick_clock::outage_since(std::int64_t before, gap_reason reason) const {
  const bool begun = now_ - start_of(tick_) > std::chrono::milliseconds{5};
  const outage made{before + 1, begun ? tick_ : tick_ - 1, reason};
  if (made.end < made.start) return std::nullopt;
  return made;
}

std::optional<std::string> tick_clock::problem() const {
  if (!far_behind_) return std::nullopt;
  return "the wall clock is " + std::to_string(newest_tick_ - tick_) +
         " s behind the newest tick: nothing is asked until it has caught up";
}

}  // namespace reprise
