#include "host/intake.hpp"

#include <utility>

#include "host/match/assert.hpp"

namespace reprise {

intake::intake(live_core& core, pipeline& onward)
    : core_{core},
      onward_{onward},
      batches_{core.parts.core, bounds_of(core.options),
               [this](shared_passage batch) { onward_.submit(std::move(batch)); },
               [this] { return onward_.batches_waiting() == 0; }} {}

void intake::reconfigure() {
  batches_.set_bounds(bounds_of(core_.options));
}

bool intake::accept(channel_lane& lane, const arrival& arrived, tick_overrides overrides) {
  channel_entry& entry = *lane.entry;
  if (entry.newest_tick && arrived.time <= *entry.newest_tick) {
    ++refused_;
    return false;
  }
  entry.newest_tick = arrived.time;
  const bool is_gap = arrived.reason != gap_reason::none;
  const std::size_t room = is_gap ? lane_gaps_max : lane_ticks_max;
  const bool is_full = lane.holds > 0 ? lane.waiting.size() >= lane_ticks_max
                                      : lane.passages >= room || onward_.is_full();
  if (is_full) {
    overflow(lane, arrived);
    return true;
  }
  if (!is_gap) {
    entry.last_time = arrived.time;
  } else {
    ++entry.gaps[static_cast<std::size_t>(arrived.reason)];
  }
  tick_context context;
  context.received = arrived.received;
  context.reportable = core_.link.tick() - arrived.time <= core_.options.report_max_age_seconds;
  context.threshold = overrides.threshold;
  context.reporting_url = std::move(overrides.reporting_url);
  const stored_tick tick{arrived.channel, arrived.time, arrived.reason, arrived.bits};
  lane.unanswered.push_back(tick.time);
  if (lane.holds > 0) {
    lane.waiting.emplace_back(tick, std::move(context));
  } else {
    send(lane, tick, std::move(context));
  }
  return true;
}

void intake::send(channel_lane& lane, const stored_tick& tick, tick_context context) {
  if (!lane.overflow.empty()) send_overflow(lane);
  if (!context.passed) context.slot = lane.slot;
  ++lane.passages;
  batches_.add(tick, std::move(context));
}

void intake::overflow(channel_lane& lane, const arrival& arrived) {
  left_out_tick left{arrived.time, arrived.reason};
  if (arrived.reason == gap_reason::none) {
    ++overflowed_;
    left.reason = gap_reason::overload;
  }
  ++lane.entry->gaps[static_cast<std::size_t>(left.reason)];
  if (lane.overflow.size() < lane_overflow_max) lane.overflow.push_back(left);
}

// To the engine a second that is left out is a gap; the disk is told why.
void intake::send_overflow(channel_lane& lane) {
  batches_.flush();
  auto gaps = std::make_shared<passage>();
  for (const left_out_tick& left : lane.overflow) {
    gaps->add({lane.entry->number, left.time, left.reason, {}}, {.received = core_.link.steady()});
  }
  lane.overflow.clear();
  ++lane.passages;
  onward_.submit(std::move(gaps));
}

void intake::hold(channel_lane& lane) {
  if (lane.holds++ > 0) return;
  batches_.flush();
  if (!lane.overflow.empty()) send_overflow(lane);
}

void intake::release(channel_lane& lane) {
  REPRISE_ASSERT(lane.holds > 0);
  if (--lane.holds > 0) return;
  // What has found no place is newer than what waits.
  std::vector<left_out_tick> overflow = std::exchange(lane.overflow, {});
  for (auto& [tick, context] : std::exchange(lane.waiting, {})) {
    send(lane, tick, std::move(context));
  }
  lane.overflow = std::move(overflow);
  if (!lane.overflow.empty()) send_overflow(lane);
}

void intake::when_idle(channel_lane& lane, std::function<void()> then) {
  REPRISE_ASSERT(lane.holds > 0 && !lane.when_idle);
  if (lane.passages == 0) {
    core_.link.post(std::move(then));
  } else {
    lane.when_idle = std::move(then);
  }
}

void intake::write_metrics(metric_writer& into) const {
  const auto number = [](auto value) { return static_cast<double>(value); };
  std::size_t waiting = 0;
  std::size_t fullest = 0;
  std::size_t callers = 0;
  std::size_t left_out = 0;
  for (const auto& [number_of, lane] : core_.lanes) {
    waiting += lane->waiting.size();
    fullest = std::max({fullest, lane->waiting.size(), lane->passages});
    callers = std::max(callers, lane->callers.size());
    left_out = std::max(left_out, lane->overflow.size());
  }
  into.gauge("reprise_batch_ticks_used", "Ticks in the batch that is being gathered.", {},
             number(batches_.waiting()));
  into.gauge("reprise_batch_ticks_limit", "How many may be.", {},
             number(core_.options.batch_channels_max));
  into.gauge("reprise_lane_ticks_waiting", "Ticks that wait in held lanes.", {}, number(waiting));
  into.gauge("reprise_lane_ticks_used", "Ticks of the channel that has most on their way.", {},
             number(fullest));
  into.gauge("reprise_lane_ticks_limit", "How many a channel may have.", {},
             number(lane_ticks_max));
  into.gauge("reprise_lane_callers_used", "Calls that wait for a tick of the channel with most.",
             {}, number(callers));
  into.gauge("reprise_lane_callers_limit", "How many a channel may have.", {},
             number(lane_callers_max));
  into.gauge("reprise_lane_overflow_used", "Gaps of the channel with most that wait to be stored.",
             {}, number(left_out));
  into.gauge("reprise_lane_overflow_limit", "How many a channel may have.", {},
             number(lane_overflow_max));
  into.counter("reprise_ticks_refused_total", "Ticks that were not after their channel's newest.",
               {}, number(refused_));
  into.counter("reprise_ticks_overflowed_total",
               "Fingerprints that found their channel's lane full.", {}, number(overflowed_));
}

}  // namespace reprise
