#include "host/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "host/report_text.hpp"
#include "host/webhook_id.hpp"

namespace reprise {
namespace {

constexpr std::size_t history_group_ticks = 4096;
constexpr std::size_t state_group_records = 1024;
constexpr std::size_t records_max = 65'536;
constexpr std::string_view history_disk = "the history";
constexpr std::string_view state_disk = "the state";

// The lanes of a passage, each once: its ticks are of different channels, or all of one.
template <typename Visit>
void each_lane(const live_core& core, const passage& of, Visit visit) {
  for (std::size_t i = 0; i < of.ticks.size(); ++i) {
    if (i > 0 && of.ticks[i].channel == of.ticks[i - 1].channel) continue;
    if (channel_lane* lane = core.lane(of.ticks[i].channel)) visit(*lane);
  }
}

std::int64_t milliseconds_of(wall_time moment) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(moment.time_since_epoch()).count();
}

double seconds_between(steady_time from, steady_time to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

pipeline::pipeline(live_core& core)
    : core_{core},
      history_{core.parts.core,
               core.parts.history,
               {history_group_ticks, passages_max,
                std::chrono::seconds{core.options.unstored_seconds_max}},
               history_hooks()},
      state_{core.parts.core,
             core.parts.state,
             {.weight_max = state_group_records, .items_max = records_max},
             state_hooks()} {}

void pipeline::reconfigure() {
  history_.set_wait_max(std::chrono::seconds{core_.options.unstored_seconds_max});
}

disk_queue<shared_passage>::hooks pipeline::history_hooks() {
  disk_queue<shared_passage>::hooks told;
  told.weight = [](const shared_passage& batch) { return batch->ticks.size(); };
  told.store_later = [this](const std::vector<shared_passage>& batches) {
    std::vector<stored_tick> ticks;
    for (const shared_passage& batch : batches) {
      std::copy_if(batch->ticks.begin(), batch->ticks.end(), std::back_inserter(ticks),
                   [this](const stored_tick& tick) { return core_.lane(tick.channel) != nullptr; });
    }
    return [this, ticks = std::move(ticks), lost = given_up_]() -> outcome<void> {
      history_writer& writer = *core_.parts.history_at.writer;
      if (lost) {
        if (auto recorded = writer.record(*lost); !recorded) return recorded;
      }
      std::uint64_t refused = 0;
      auto stored = ticks.empty() ? outcome<void>{} : writer.commit(ticks, refused);
      conflicts_ += refused;
      return stored;
    };
  };
  told.stored = [this](const shared_passage& batch) { made_durable(*batch); };
  told.given_up = [this](const shared_passage& batch) { give_up(*batch); };
  told.fatal = [this](const failure& failed) { core_.parts.fatal(failed); };
  told.fault_begun = [this](const failure& failed) { core_.faults.failed(history_disk, failed); };
  told.fault_over = [this] { core_.faults.succeeded(history_disk); };
  told.emptied = [this] { record_given_up(); };
  return told;
}

disk_queue<shared_kept>::hooks pipeline::state_hooks() {
  disk_queue<shared_kept>::hooks told;
  told.weight = [](const shared_kept&) { return std::size_t{1}; };
  told.store_later = [this](const std::vector<shared_kept>& group) {
    auto records = std::make_shared<std::vector<tick_record>>();
    std::vector<shared_kept> kept;
    for (const shared_kept& each : group) {
      if (core_.lane(each->record.channel) == nullptr) continue;
      records->push_back(each->record);
      kept.push_back(each);
    }
    return [this, records, kept]() -> outcome<void> {
      if (records->empty()) return {};
      std::vector<std::int64_t> ids;
      auto stored = core_.parts.state_at.writer->commit(*records, ids);
      if (!stored) return stored;
      REPRISE_ASSERT(ids.size() == kept.size());
      for (std::size_t i = 0; i < ids.size(); ++i) kept[i]->delivery_id = ids[i];
      return stored;
    };
  };
  told.stored = [this](const shared_kept& kept) { made_durable(*kept); };
  told.given_up = [this](const shared_kept& kept) {
    channel_lane* lane = core_.lane(kept->record.channel);
    if (lane != nullptr && kept->answers) {
      refuse(*lane, kept->record.time, {errc::storage_full, "the disk could not take its report"});
    }
  };
  told.fatal = [this](const failure& failed) { core_.parts.fatal(failed); };
  told.fault_begun = [this](const failure& failed) { core_.faults.failed(state_disk, failed); };
  told.fault_over = [this] { core_.faults.succeeded(state_disk); };
  return told;
}

void pipeline::submit(shared_passage batch) {
  ++batches_;
  batch_ticks_ += batch->ticks.size();
  passages_.push_back(batch);
  step(batch, [] {});
  history_.add(std::move(batch));
}

void pipeline::submit_stored(shared_passage stored, std::function<void()> matched) {
  stored->durable = true;
  each_lane(core_, *stored, [](channel_lane& lane) { ++lane.passages; });
  passages_.push_back(stored);
  step(stored, std::move(matched));
}

void pipeline::step(const shared_passage& stepped, std::function<void()> then) {
  core_.ask_engine(
      [stepped, &clock = core_.link.clock()](live_engine& engine) {
        const steady_time begun = clock.steady();
        engine.step(*stepped);
        return seconds_between(begun, clock.steady());
      },
      [this, stepped, then = std::move(then)](double seconds) {
        match_seconds_.add(seconds);
        stepped->matched = true;
        advance();
        then();
      });
}

void pipeline::made_durable(passage& batch) {
  given_up_.reset();
  batch.durable = true;
  for (std::size_t i = 0; i < batch.ticks.size(); ++i) {
    durable_seconds_.add(seconds_between(batch.contexts[i].received, core_.link.steady()));
    channel_lane* lane = core_.lane(batch.ticks[i].channel);
    if (lane == nullptr) continue;
    if (batch.contexts[i].passed && batch.ticks[i].reason == gap_reason::none) {
      lane->mark_dirty(core_.link.steady());
    }
    auto& through = lane->entry->durable_through;
    through = std::max(through.value_or(0), batch.ticks[i].time);
  }
  advance();
}

void pipeline::give_up(passage& batch) {
  batch.lost = true;
  for (const stored_tick& tick : batch.ticks) {
    if (!given_up_) given_up_ = outage{tick.time, tick.time, gap_reason::disk};
    given_up_->start = std::min(given_up_->start, tick.time);
    given_up_->end = std::max(given_up_->end, tick.time);
    channel_lane* lane = core_.lane(tick.channel);
    if (lane == nullptr) continue;
    if (tick.reason == gap_reason::none) {
      ++lane->entry->gaps[static_cast<std::size_t>(gap_reason::disk)];
      if (!lane->lost) lane->lost.emplace(tick.time, tick.time);
      lane->lost->second = std::max(lane->lost->second, tick.time);
      lane->mark_dirty(core_.link.steady());
    }
  }
  advance();
}

// Else it is recorded with the next batch.
void pipeline::record_given_up() {
  if (given_up_) record(*std::exchange(given_up_, std::nullopt));
}

void pipeline::advance() {
  while (!passages_.empty()) {
    const shared_passage ended = passages_.front();
    if (!ended->matched || !(ended->durable || ended->lost)) return;
    passages_.pop_front();
    finish(*ended);
  }
}

void pipeline::finish(passage& ended) {
  for (std::size_t i = 0; i < ended.ticks.size(); ++i) {
    channel_lane* lane = core_.lane(ended.ticks[i].channel);
    if (lane == nullptr) continue;
    if (ended.lost) {
      refuse(*lane, ended.ticks[i].time, {errc::storage_full, "the disk could not take the tick"});
      close_lost(*lane, ended.ticks[i], ended.answers[i]);
    } else {
      finish_tick(*lane, ended.ticks[i], ended.contexts[i], ended.answers[i]);
    }
  }
  each_lane(core_, ended, [this](channel_lane& lane) {
    --lane.passages;
    if (lane.losing > 0 && --lane.losing == 0) lost_(lane);
    if (lane.passages == 0 && lane.when_idle) std::exchange(lane.when_idle, nullptr)();
  });
}

// Repeats that were open before have ended, whatever became of the tick that has shown it.
void pipeline::close_lost(const channel_lane& lane, const stored_tick& tick,
                          engine_answer& answered) {
  const std::int64_t lost_from = lane.lost ? lane.lost->first : tick.time;
  std::erase_if(answered.closed, [&](const repeat& each) { return each.start >= lost_from; });
  if (answered.closed.empty()) return;
  tick_record record;
  record.channel = tick.channel;
  record.time = tick.time;
  record.closed = std::move(answered.closed);
  keep(std::move(record));
}

void pipeline::finish_tick(channel_lane& lane, const stored_tick& tick, const tick_context& context,
                           engine_answer& answered) {
  if (context.slot == no_slot) {  // matched once its channel is loaded
    refuse(lane, tick.time, {errc::loading, "the channel's history is not loaded yet"});
    return;
  }
  if (answered.error == errc::device_lost) return keep_unmatched(lane, tick, context);
  if (answered.error) {
    ++refused_;
    // It is in the store by now, and the engine does not have it.
    if (tick.reason == gap_reason::none) lane.mark_dirty(core_.link.steady());
    refuse(lane, tick.time, {*answered.error, "the engine did not take the tick"});
    return;
  }
  answered_(lane, tick, context, answered);
  ++(tick.reason == gap_reason::none ? searched_ : gaps_);
  lane.matched_through = std::max(lane.matched_through.value_or(tick.time), tick.time);
  lane.unmatched.erase(tick.time);
  matches_ += answered.best.size();
  repeats_ += answered.opened.size();
  channel_entry& entry = *lane.entry;
  entry.searchable_seconds = answered.searchable_seconds;
  show_still(entry, answered.still_since, context.told);
  if (lane.lost) leave_out_lost(lane, tick.time, answered);
  auto kept = std::make_shared<kept_tick>();
  kept->record = {.channel = tick.channel,
                  .time = tick.time,
                  .best = std::move(answered.best),
                  .opened = std::move(answered.opened),
                  .closed = std::move(answered.closed),
                  .report = {},
                  .replay = context.replay};
  kept->record.report = report_of(lane, tick, context, kept->record.best);
  kept->reason = tick.reason;
  kept->told = context.told;
  const tick_record& record = kept->record;
  if (record.best.empty() && record.opened.empty() && record.closed.empty() && !record.report) {
    made_durable(*kept);
  } else {
    state_.add(std::move(kept));
  }
}

void pipeline::show_still(channel_entry& entry, std::optional<std::int64_t> since, bool told) {
  if (entry.still_since.has_value() == since.has_value()) return;
  entry.still_since = since;
  if (!told || !core_.parts.events.heard()) return;
  core_.parts.events.publish({"channel", entry.name, channel_event(entry)});
}

// What the disk has lost is a gap: no second whose run touches it has a score.
void pipeline::leave_out_lost(const channel_lane& lane, std::int64_t time,
                              engine_answer& answered) const {
  const auto touches = [&](std::int64_t second) {
    return second >= lane.lost->first && second <= lane.lost->second + core_.by.run;
  };
  std::erase_if(answered.best,
                [&](const stored_match& each) { return touches(time) || touches(each.time); });
}

std::optional<delivery> pipeline::report_of(const channel_lane& lane, const stored_tick& tick,
                                            const tick_context& context,
                                            const std::vector<stored_match>& best) const {
  const channel_entry& entry = *lane.entry;
  const std::string& sink = context.reporting_url.value_or(entry.settings.reporting_url);
  const bool is_due = !best.empty() || entry.settings.report_empty;
  if (tick.reason != gap_reason::none || !is_due || sink.empty() || !context.reportable) return {};
  delivery made;
  made.channel = entry.number;
  made.channel_name = entry.name;
  made.time = tick.time;
  // Of the channel's own settings, whatever a call has set for itself: a tick has one report.
  made.webhook_id = webhook_id_of(entry.name, tick.time, core_.by, lane.searched_by);
  made.sink_url = sink;
  made.body = report_body(entry.name, tick.time, best);
  const std::int64_t now_ms = milliseconds_of(core_.link.clock().wall());
  // One that was owed before a restart is as old as its tick.
  made.created_ms =
      context.replay ? std::min(now_ms, milliseconds_of(start_of_tick(tick.time))) : now_ms;
  made.next_attempt_ms = now_ms;
  made.received = context.received;
  return made;
}

void pipeline::keep(tick_record record) {
  auto kept = std::make_shared<kept_tick>();
  kept->record = std::move(record);
  kept->answers = false;
  state_.add(std::move(kept));
}

void pipeline::made_durable(kept_tick& kept) {
  channel_lane* lane = core_.lane(kept.record.channel);
  if (lane == nullptr) return;
  if (kept.record.report && kept.delivery_id != 0) {
    ++reports_;
    delivery ready = std::move(*kept.record.report);
    ready.id = kept.delivery_id;
    core_.parts.deliveries.enqueue(std::move(ready));
  }
  if (kept.told && core_.parts.events.heard()) tell(kept, *lane->entry);
  if (kept.answers) answer(*lane, kept);
}

void pipeline::tell(const kept_tick& kept, const channel_entry& entry) {
  event_sink& events = core_.parts.events;
  const tick_record& record = kept.record;
  if (kept.answers) {
    events.publish(
        {"tick", entry.name, tick_event(entry.name, record.time, record.best.size(), kept.reason)});
  }
  if (!record.best.empty()) {
    events.publish(
        {"match", entry.name, match_event(entry.name, record.time, record.best, core_.by)});
  }
  for (const repeat& each : record.opened) {
    events.publish({"repeat_opened", entry.name, repeat_event(entry.name, each, core_.by)});
  }
  for (const repeat& each : record.closed) {
    events.publish({"repeat_closed", entry.name, repeat_event(entry.name, each, core_.by)});
  }
}

void pipeline::answer(channel_lane& lane, const kept_tick& kept) {
  const std::int64_t time = kept.record.time;
  tick_answer answered{.time = time, .match_times = {}, .reason = kept.reason};
  for (const stored_match& each : kept.record.best) answered.match_times.push_back(each.time);
  std::erase(lane.unanswered, time);
  lane.answers.push_back(answered);
  if (lane.answers.size() > lane_answers_max) lane.answers.pop_front();
  std::erase_if(lane.callers, [&](auto& caller) {
    if (caller.first != time) return false;
    core_.link.post([then = std::move(caller.second), answered] { then(answered); });
    return true;
  });
}

void pipeline::refuse(channel_lane& lane, std::int64_t time, const failure& why) {
  std::erase(lane.unanswered, time);
  std::erase_if(lane.callers, [&](auto& caller) {
    if (caller.first != time) return false;
    core_.link.post([then = std::move(caller.second), why] { then(why); });
    return true;
  });
}

void pipeline::record(const outage& added) {
  history_.run([&writer = *core_.parts.history_at.writer, added] { return writer.record(added); },
               core_.faults.ignore_but_log("an outage"), true);
}

void pipeline::forget(channel_number channel) {
  history_.run(
      [&writer = *core_.parts.history_at.writer, channel] { return writer.forget(channel); },
      core_.faults.ignore_but_log("a removed channel"), true);
}

}  // namespace reprise
