// Ticks that do not come from the poller: pushed and backfilled ones, and the one-shot call.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "host/live_service_parts.hpp"

namespace reprise {
namespace {

constexpr std::size_t push_seconds_max = std::size_t{32} * 1024 * 1024 / fingerprint_bytes;
constexpr std::size_t step_slice_seconds = 64;  // between two of these live batches are stepped

failure not_found() {
  return {errc::not_found, "there is no such channel"};
}

}  // namespace

struct joined_service::push_work {
  channel_number channel = 0;
  std::string name;
  std::shared_ptr<const std::vector<recorded_second>> seconds;
  done<push_answer> asker;
  std::int64_t newest = -1;  // tick of the channel when its lane was held
  std::size_t next = 0;      // of the seconds, to be stepped
  // Of ticks that waited meanwhile and are among the seconds.
  std::unordered_map<std::int64_t, tick_context> asked;
};

std::optional<failure> joined_service::check_push(const channel_lane& lane,
                                                  const std::vector<recorded_second>& seconds) {
  if (seconds.size() > push_seconds_max) {
    return failure{errc::out_of_range,
                   "a push holds at most " + std::to_string(push_seconds_max) + " seconds"};
  }
  const std::int64_t now = core_.link.tick();
  const std::int64_t oldest = now - core_.settings_of(lane.entry->settings).window_seconds;
  const std::int64_t newest = now + core_.options.future_seconds_max;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const std::int64_t time = seconds[i].time;
    const std::string field = std::string{"/"}.append(std::to_string(i)).append("/time");
    if (time < oldest || time > newest) {
      return failure{errc::out_of_range,
                     "time " + std::to_string(time) + " must lie from " + std::to_string(oldest) +
                         " to " + std::to_string(newest),
                     field};
    }
    if (i > 0 && time <= seconds[i - 1].time) {
      return failure{errc::out_of_range, "times must increase", field};
    }
  }
  return std::nullopt;
}

void joined_service::push(std::string name, std::vector<recorded_second> seconds,
                          done<push_answer> done) {
  if (is_refused_by_phase(done)) return;
  const channel_lane* lane = core_.lane(name);
  if (lane == nullptr) return refuse(done, not_found());
  if (const auto wrong = check_push(*lane, seconds)) return refuse(done, *wrong);
  auto work = std::make_shared<push_work>();
  work->channel = lane->entry->number;
  work->name = name;
  work->seconds = std::make_shared<const std::vector<recorded_second>>(std::move(seconds));
  work->asker = std::move(done);
  ++pushes_;
  if (pushes_ > pushes_max || !core_.turns.try_enter(name, [this, work] { insert(work); })) {
    --pushes_;
    refuse(work->asker, {errc::overloaded, "too many pushes are being stored"});
  }
}

void joined_service::insert(const std::shared_ptr<push_work>& work) {
  channel_lane* lane = core_.lane(work->channel);
  if (lane == nullptr) {
    refuse(work->asker, not_found());
    return end_push(work);
  }
  intake_.hold(*lane);
  work->newest = lane->entry->newest_tick.value_or(-1);
  pipeline_.write_history<insert_counts>(
      [work](history_writer& writer) { return writer.insert(work->channel, *work->seconds); },
      [this, work](const outcome<insert_counts>& stored) {
        channel_lane& of = *core_.lane(work->channel);
        if (!stored) {
          // What a failed sync has left of it may be there nonetheless.
          if (stored.error().code == errc::io_failed) of.mark_dirty(core_.link.steady());
          work->asker(stored.error());
          return end_push(work);
        }
        channel_entry& entry = *of.entry;
        const auto& seconds = *work->seconds;
        // What a load is reading has no newest tick yet, or one that it has passed.
        const std::int64_t newest =
            of.slot == no_slot ? entry.newest_tick.value_or(-1) : work->newest;
        work->next =
            static_cast<std::size_t>(std::partition_point(seconds.begin(), seconds.end(),
                                                          [&](const recorded_second& second) {
                                                            return second.time <= newest;
                                                          }) -
                                     seconds.begin());
        if (work->next > 0 && stored->stored > 0) of.mark_dirty(core_.link.steady());
        if (!seconds.empty()) {
          const std::int64_t last = seconds.back().time;
          settle_waiting(*work, of);
          if (last > newest) {
            entry.newest_tick = std::max(entry.newest_tick.value_or(last), last);
            entry.last_time = std::max(entry.last_time.value_or(last), last);
            std::int64_t through = last;  // all before it: what waits is not on disk yet
            if (!of.waiting.empty()) {
              through = std::min(through, of.waiting.front().first.time - 1);
            }
            if (!of.overflow.empty()) through = std::min(through, of.overflow.front().time - 1);
            entry.durable_through = std::max(entry.durable_through.value_or(through), through);
          }
        }
        work->asker(push_answer{stored->stored, stored->present, entry.durable_through});
        step_pushed(work);
      });
}

// Ticks that came while the push was being stored and are not behind it: those that it has brought
// as well are done with it, the others go to the disk alone.
void joined_service::settle_waiting(push_work& work, channel_lane& lane) {
  const auto& seconds = *work.seconds;
  const auto find = [&](std::int64_t time) {
    const auto at =
        std::partition_point(seconds.begin(), seconds.end(),
                             [&](const recorded_second& second) { return second.time < time; });
    return at != seconds.end() && at->time == time ? &*at : nullptr;
  };
  std::erase_if(lane.overflow,
                [&](const left_out_tick& left) { return find(left.time) != nullptr; });
  std::erase_if(lane.waiting, [&](auto& waiting) {
    auto& [tick, context] = waiting;
    if (tick.time > seconds.back().time) return false;
    const recorded_second* there = find(tick.time);
    const bool is_gap = tick.reason != gap_reason::none;
    const bool is_same = there != nullptr && !is_gap && there->bits == tick.bits;
    const bool is_stepped = there != nullptr && lane.slot != no_slot && (is_same || is_gap);
    if (is_stepped) {  // whoever waits for it is answered with the push's second
      if (is_same) work.asked.emplace(tick.time, std::move(context));
      return true;
    }
    if (there != nullptr && !is_same && !is_gap) pipeline_.count_conflict();
    pipeline_.refuse(lane, tick.time, {errc::data_conflict, "a push has passed this tick"});
    context.passed = true;
    return there != nullptr;
  });
}

// The part of the push that comes after the channel's newest tick, in order. A channel that is not
// loaded yet will find it in the store.
void joined_service::step_pushed(const std::shared_ptr<push_work>& work) {
  channel_lane& lane = *core_.lane(work->channel);
  const auto& seconds = *work->seconds;
  if (lane.slot == no_slot || work->next == seconds.size()) return end_push(work);
  auto slice = std::make_shared<passage>();
  const std::size_t end = std::min(work->next + step_slice_seconds, seconds.size());
  for (; work->next < end; ++work->next) {
    const recorded_second& second = seconds[work->next];
    tick_context context{.slot = lane.slot, .received = core_.link.steady()};
    context.reportable = core_.link.tick() - second.time <= core_.options.report_max_age_seconds;
    if (const auto asked = work->asked.find(second.time); asked != work->asked.end()) {
      context = std::move(asked->second);
      context.slot = lane.slot;
    }
    slice->add({work->channel, second.time, gap_reason::none, second.bits}, std::move(context));
  }
  pipeline_.submit_stored(std::move(slice), [this, work] { step_pushed(work); });
}

void joined_service::end_push(const std::shared_ptr<push_work>& work) {
  --pushes_;
  if (channel_lane* lane = core_.lane(work->channel)) intake_.release(*lane);
  core_.turns.leave(work->name);
}

void joined_service::take_now(arrival arrived, tick_overrides overrides, done<tick_answer> done) {
  if (is_refused_by_phase(done)) return;
  channel_lane* lane = core_.lane(arrived.channel);
  if (lane == nullptr) return refuse(done, not_found());
  if (const auto known = answer_of(arrived.channel, arrived.time)) {
    return core_.link.post([done = std::move(done), known = *known] { done(known); });
  }
  if (lane->slot == no_slot) {
    return refuse(done, {errc::loading, "the channel's history is not loaded yet"});
  }
  if (lane->callers.size() >= lane_callers_max) {
    return refuse(done, {errc::overloaded, "too many calls wait for this channel"});
  }
  const std::int64_t time = arrived.time;
  const auto& ahead = lane->unanswered;
  if (std::find(ahead.begin(), ahead.end(), time) == ahead.end()) {
    if (lane->entry->newest_tick && time <= *lane->entry->newest_tick) {
      return refuse(done, {errc::data_conflict, "the channel is past this tick"});
    }
    (void)intake_.accept(*lane, arrived, std::move(overrides));
    if (std::find(ahead.begin(), ahead.end(), time) == ahead.end()) {
      return refuse(done, {errc::overloaded, "too many ticks of this channel are on their way"});
    }
  }
  lane->callers.emplace_back(time, std::move(done));
}

std::optional<tick_answer> joined_service::answer_of(channel_number channel,
                                                     std::int64_t time) const {
  const channel_lane* lane = core_.lane(channel);
  if (lane == nullptr) return std::nullopt;
  const auto found = std::find_if(lane->answers.begin(), lane->answers.end(),
                                  [&](const tick_answer& each) { return each.time == time; });
  return found == lane->answers.end() ? std::nullopt : std::optional{*found};
}

}  // namespace reprise
