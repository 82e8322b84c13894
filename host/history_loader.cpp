#include "host/history_loader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace reprise {

void history_loader::load(std::vector<channel_number> channels) {
  for (const channel_number channel : channels) initial_.push_back({channel, true});
  initial_left_ = channels.size();
  start_next();
}

void history_loader::recover(channel_lane& lane) {
  if (stopped_) return;
  if (!failed_.contains(lane.entry->number)) recovering_.insert(lane.entry->number);
  initial_.push_back({lane.entry->number, false});
  start_next();
}

void history_loader::start_next() {
  for (std::size_t tries = initial_.size(); tries > 0; --tries) {
    if (running_ >= loads_max || stopped_) return;
    const waiting_load next = initial_.front();
    initial_.pop_front();
    channel_lane* lane = core_.lane(next.channel);
    if (lane == nullptr) {
      if (next.is_left) --initial_left_;
      failed_.erase(next.channel);
      recovering_.erase(next.channel);
    } else if (lane->loading) {
      initial_.push_back(next);  // a rebuild of what was lost is about to end
    } else {
      start(next, *lane);
    }
  }
}

void history_loader::start(const waiting_load& load, channel_lane& lane) {
  auto job = std::make_shared<load_job>();
  job->channel = load.channel;
  job->is_initial = true;
  job->is_left = load.is_left;
  lane.loading = true;
  ++running_;
  if (lane.lost_slot != no_slot) return put_down_repeats(job, lane.lost_slot);
  survey(job);
}

void history_loader::rebuild_dirty() {
  if (stopped_ || onward_.history_fault()) return;
  const steady_time now = core_.link.steady();
  for (const auto& [number, lane] : core_.lanes) {
    if (rebuilding_ >= rebuilds_max) return;
    if (!lane->dirty || lane->loading || lane->slot == no_slot) continue;
    if (now - lane->dirty_last < settle_min && now - lane->dirty_since < settle_max) continue;
    auto job = std::make_shared<load_job>();
    job->channel = number;
    lane->loading = true;
    ++running_;
    ++rebuilding_;
    job->search_from = std::numeric_limits<std::int64_t>::max();
    job->settings = core_.settings_of(lane->entry->settings);
    const std::int64_t newest = lane->entry->newest_tick.value_or(core_.link.tick());
    job->cursor = newest - job->settings.window_seconds - core_.by.run - 1;
    add_slot(job);
  }
}

channel_lane* history_loader::lane_of(const shared_job& job) {
  channel_lane* lane = core_.lane(job->channel);
  // What a rebuild was to replace is lost: the history is loaded from the beginning.
  const bool is_void = lane != nullptr && !job->is_initial && lane->slot == no_slot;
  if (lane != nullptr && !stopped_ && !is_void) return lane;
  leave(job);
  return nullptr;
}

void history_loader::add_slot(const shared_job& job) {
  channel_lane* lane = lane_of(job);
  if (lane == nullptr) return;
  job->name = lane->entry->name;
  job->slot = core_.next_slot++;
  lane->dirty = false;
  if (job->is_initial) lane->searched_by = job->settings;
  core_.add_slot({job->slot, job->settings, lane->on_host, std::move(job->known)},
                 [this, job](const result<std::string>& backend) {
                   if (backend) return read(job);
                   job->slot = no_slot;
                   channel_lane* of = core_.lane(job->channel);
                   if (of != nullptr && job->is_initial) of->entry->engine = engine_unplaced;
                   fail(job, backend.error() == errc::host_memory
                                 ? "unplaced: there is no memory for its history"
                                 : "the engine: " + std::string{to_string(backend.error())});
                 });
}

void history_loader::read(const shared_job& job) {
  if (lane_of(job) == nullptr) return;
  core_.link.ask(
      core_.parts.reader,
      [&reader = *core_.parts.history_at.reader, channel = job->channel, from = job->cursor] {
        outcome<std::vector<recorded_second>> slice{std::vector<recorded_second>{}};
        if (auto got = reader.read(channel, from, time_max, load_slice_seconds, *slice); !got) {
          slice = got.error();
        }
        return slice;
      },
      [this, job](outcome<std::vector<recorded_second>> slice) {
        if (lane_of(job) == nullptr) return;
        if (!slice) return fail(job, slice.error().what);
        job->slice = std::move(*slice);
        job->slice_seconds = job->slice.size();
        seconds_ += job->slice_seconds;
        if (!job->slice.empty()) job->cursor = job->slice.back().time + 1;
        join(job);
      });
}

// The part of the slice that only joins the history.
void history_loader::join(const shared_job& job) {
  const auto first_searched = std::partition_point(
      job->slice.begin(), job->slice.end(),
      [&](const recorded_second& second) { return second.time < job->search_from; });
  std::vector<recorded_second> quiet{job->slice.begin(), first_searched};
  job->searched = quiet.size();
  if (quiet.empty()) return search(job);
  core_.ask_engine([slot = job->slot, quiet = std::move(quiet)](
                       live_engine& engine) { return engine.load(slot, quiet); },
                   [this, job](const result<std::int64_t>& searchable) {
                     channel_lane* lane = lane_of(job);
                     if (lane == nullptr) return;
                     if (!searchable) return lose(job);
                     job->searchable = *searchable;
                     if (job->is_initial) lane->entry->searchable_seconds = *searchable;
                     search(job);
                   });
}

// The part of it that is searched, as if it came now.
void history_loader::search(const shared_job& job) {
  channel_lane* const lane = lane_of(job);
  if (lane == nullptr) return;
  if (job->searched < job->slice.size()) {
    auto stepped = std::make_shared<passage>();
    const std::size_t end = std::min(job->searched + search_slice_seconds, job->slice.size());
    seconds_searched_ += end - job->searched;
    for (; job->searched < end; ++job->searched) {
      const recorded_second& second = job->slice[job->searched];
      tick_context context{.received = core_.link.steady()};
      context.reportable = second.time >= job->report_from;
      const auto unmatched = lane->unmatched.find(second.time);
      if (unmatched != lane->unmatched.end()) context = unmatched->second;
      context.slot = job->slot;
      context.replay = true;
      context.told = second.time > job->told_after;
      stepped->add({job->channel, second.time, gap_reason::none, second.bits}, std::move(context));
    }
    return onward_.submit_stored(stepped, [this, job, stepped] {
      const bool is_lost =
          std::any_of(stepped->answers.begin(), stepped->answers.end(),
                      [](const auto& each) { return each.error == errc::device_lost; });
      if (!is_lost) return search(job);
      job->slot = no_slot;  // the lane has lost it, and comes back
      leave(job);
    });
  }
  if (job->slice_seconds == load_slice_seconds) return read(job);
  if (job->handing_over) return finish(job);
  take_turn(job);
}

// The device of the new history is lost before anything was searched: once more, elsewhere.
void history_loader::lose(const shared_job& job) {
  if (job->is_initial) {
    initial_.push_back({job->channel, std::exchange(job->is_left, false)});
  } else {
    core_.lane(job->channel)->mark_dirty(core_.link.steady() - settle_max);
  }
  leave(job);
}

void history_loader::take_turn(const shared_job& job) {
  const bool entered = core_.turns.try_enter(job->name, [this, job] {
    channel_lane* lane = core_.lane(job->channel);
    if (lane == nullptr || stopped_) {
      core_.turns.leave(job->name);
      return leave(job);
    }
    job->handing_over = true;
    lanes_.hold(*lane);
    lanes_.when_idle(*lane, [this, job] { read(job); });
  });
  if (!entered) (void)core_.link.after(settle_min, [this, job] { read(job); });
}

void history_loader::finish(const shared_job& job) {
  core_.ask_engine(
      [from = core_.lane(job->channel)->slot, to = job->slot](live_engine& engine) {
        auto ended = engine.move_repeats(from, to);
        engine.remove(from);
        return std::pair{std::move(ended), std::string{engine.backend(to)}};
      },
      [this, job](std::pair<std::vector<repeat>, std::string> moved) {
        auto& [ended, backend] = moved;
        channel_lane* lane = core_.lane(job->channel);
        lane->entry->engine = std::move(backend);
        if (lane->reportable_from) ++recoveries_;
        lane->reportable_from.reset();
        for (const auto& [time, context] : std::exchange(lane->unmatched, {})) {
          onward_.refuse(*lane, time, {errc::loading, "the tick was lost with its device"});
        }
        lane->slot = job->slot;
        lane->searched_by = job->settings;
        lane->lost.reset();
        lane->entry->loaded = true;
        // What was replayed has counted itself.
        if (!job->is_initial) lane->entry->searchable_seconds = job->searchable;
        if (!ended.empty()) {
          const std::int64_t end = ended.front().end;
          onward_.keep({.channel = job->channel,
                        .time = end,
                        .best = {},
                        .opened = {},
                        .closed = std::move(ended),
                        .report = {}});
        }
        failed_.erase(job->channel);
        recovering_.erase(job->channel);
        // What was reconfigured while it was being loaded.
        if (core_.settings_of(lane->entry->settings) != lane->searched_by) {
          lane->mark_dirty(core_.link.steady());
        }
        ++(job->is_initial ? loads_ : rebuilds_);
        job->slot = no_slot;
        leave(job);
      });
}

void history_loader::fail(const shared_job& job, std::string why) {
  failed_[job->channel] = {job->name + ": " + std::move(why), job->is_initial};
  recovering_.erase(job->channel);
  channel_lane* lane = core_.lane(job->channel);
  if (lane == nullptr || stopped_) return leave(job);
  for (const auto& [time, context] : lane->unmatched) {  // who waits is not kept waiting for it
    onward_.refuse(*lane, time, {errc::loading, "the channel's history cannot be loaded now"});
  }
  // Initial loads go back to the queue; a rebuild is asked for again by its lane.
  lane->mark_dirty(core_.link.steady() + retry_interval);
  if (job->is_initial) {
    (void)core_.link.after(retry_interval, [this, channel = job->channel] {
      initial_.push_back({channel, false});
      start_next();
    });
  }
  leave(job);
}

// Ends the job: its slot goes unless the lane has taken it over, and its turn and its hold.
void history_loader::leave(const shared_job& job) {
  if (job->slot != no_slot) {
    core_.ask_engine(
        [slot = job->slot](live_engine& engine) {
          engine.remove(slot);
          return true;
        },
        [](bool) {});
    job->slot = no_slot;
  }
  channel_lane* lane = core_.lane(job->channel);
  if (lane != nullptr) lane->loading = false;
  --running_;
  if (job->is_left) --initial_left_;
  if (!job->is_initial) --rebuilding_;
  if (lane == nullptr) {
    failed_.erase(job->channel);
    recovering_.erase(job->channel);
  }
  if (std::exchange(job->handing_over, false)) {
    if (lane != nullptr) lanes_.release(*lane);
    core_.turns.leave(job->name);
  }
  start_next();
}

std::size_t history_loader::unloaded() const {
  return initial_left_ + recovering_.size() +
         static_cast<std::size_t>(
             std::count_if(failed_.begin(), failed_.end(),
                           [](const auto& each) { return each.second.is_initial; }));
}

std::string history_loader::problem() const {
  if (failed_.empty()) return {};
  const std::string& first = failed_.begin()->second.why;
  if (failed_.size() == 1) return "cannot be loaded: " + first;
  return std::to_string(failed_.size()) + " channels cannot be loaded, as " + first;
}

void history_loader::stop() {
  stopped_ = true;
  initial_.clear();
  for (const auto& [number, lane] : core_.lanes) {
    for (const auto& [time, context] : lane->unmatched) {
      onward_.refuse(*lane, time, {errc::stopping, "the service is stopping"});
    }
  }
}

void history_loader::write_metrics(metric_writer& into) const {
  const auto number = [](auto value) { return static_cast<double>(value); };
  into.gauge("reprise_loads_used", "Histories that are being loaded.", {}, number(running_));
  into.gauge("reprise_loads_limit", "How many may be at once.", {},
             number(loads_max + rebuilds_max));
  into.gauge("reprise_loads_waiting", "Channels whose history is not loaded yet.", {},
             number(unloaded()));
  into.counter("reprise_loads_total", "Histories that were loaded.", {{"kind", "start"}},
               number(loads_));
  into.counter("reprise_loads_total", "Histories that were loaded.", {{"kind", "rebuild"}},
               number(rebuilds_));
  into.counter("reprise_loads_total", "Histories that were loaded.", {{"kind", "loss"}},
               number(recoveries_));
  into.counter("reprise_loaded_seconds_total", "Seconds that were read for it.", {},
               number(seconds_));
}

}  // namespace reprise
