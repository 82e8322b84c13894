// Ticks whose device was lost under them: they are on disk, and are matched once their channel has
// another history.
#include <algorithm>
#include <limits>
#include <utility>

#include "host/pipeline.hpp"

namespace reprise {

void pipeline::lose(channel_lane& lane, engine_slot slot) {
  if (lane.lost_slot != no_slot) return;
  lane.lost_slot = slot;
  lane.losing = lane.passages;
  if (!lane.reportable_from) {
    // A channel that was not loaded may still lack reports of before the start.
    lane.reportable_from = lane.entry->loaded
                               ? core_.link.tick() - core_.options.report_max_age_seconds
                               : std::numeric_limits<std::int64_t>::min();
  }
  lane.slot = no_slot;
  lane.entry->loaded = false;
  lane.entry->engine.clear();
  if (lane.losing == 0) lost_(lane);
}

void pipeline::keep_unmatched(channel_lane& lane, const stored_tick& tick,
                              const tick_context& context) {
  lose(lane, context.slot);
  if (tick.reason == gap_reason::none) {
    if (!context.replay) lane.unmatched.try_emplace(tick.time, context);
    return;
  }
  // A gap has nothing to be matched.
  ++gaps_;
  kept_tick kept;
  kept.record.channel = tick.channel;
  kept.record.time = tick.time;
  kept.reason = tick.reason;
  kept.told = context.told;
  made_durable(kept);
}

}  // namespace reprise
