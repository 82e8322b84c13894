#include "host/live_engine.hpp"

#include <algorithm>
#include <new>
#include <unordered_set>
#include <utility>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

// Whether two descriptions are of one repeat. The lag of a still one moves.
bool is_same(const repeat& a, const repeat& b) {
  return a.kind == b.kind && a.start == b.start &&
         (a.kind == repeat_kind::still || a.lag_seconds == b.lag_seconds);
}

bool holds(std::span<const repeat> all, const repeat& sought) {
  return std::any_of(all.begin(), all.end(),
                     [&](const repeat& each) { return is_same(each, sought); });
}

}  // namespace

std::optional<errc> live_engine::add(engine_slot slot, const search_settings& settings,
                                     bool on_host) {
  const auto channel =
      on_host ? matcher_->add_host_channel(settings) : matcher_->add_channel(settings);
  if (!channel) return channel.error();
  try {
    const bool fresh = slots_.try_emplace(slot, *channel, settings, matcher_->parameters()).second;
    REPRISE_ASSERT(fresh);
  } catch (const std::bad_alloc&) {
    matcher_->remove_channel(*channel);
    return errc::host_memory;
  }
  return std::nullopt;
}

void live_engine::remove(engine_slot slot) {
  const auto found = slots_.find(slot);
  if (found == slots_.end()) return;
  dropped_ += found->second.tracker->dropped();
  matcher_->remove_channel(found->second.channel);
  slots_.erase(found);
}

result<std::int64_t> live_engine::load(engine_slot slot, std::span<const recorded_second> seconds) {
  const auto found = slots_.find(slot);
  if (found == slots_.end()) return std::int64_t{0};
  place& of = found->second;
  for (const recorded_second& second : seconds) {
    const tick joined{of.channel, second.time, second.bits, nullptr, false};
    tick_result result;
    matcher_->step({&joined, 1}, {&result, 1});
    if (result.error == errc::device_lost) return errc::device_lost;
    if (result.error) continue;
    note(of, second.time, &second.bits);
    of.loaded_through = second.time;
    if (!result.still) {
      of.still_since.reset();
    } else if (!of.still_since) {
      of.still_since = second.time;
    }
  }
  return of.searchable.count();
}

void live_engine::note(place& of, std::int64_t time, const fingerprint* bits) {
  const bool follows = of.fingerprint_time && *of.fingerprint_time + 1 == time;
  const bool stands = bits != nullptr && follows && *bits == of.last;
  const bool skipped = stands && of.settings.still == still_policy::skip;
  of.searchable.add(time, bits != nullptr && follows && !skipped);
  if (!stands) of.stands_since.reset();
  if (bits == nullptr) return;
  if (!stands) of.stands_since = time;
  of.fingerprint_time = time;
  of.last = *bits;
}

void live_engine::resume(engine_slot slot, std::vector<repeat> known) {
  const auto found = slots_.find(slot);
  if (found == slots_.end()) return;
  found->second.known = std::move(known);
}

std::vector<repeat> live_engine::move_repeats(engine_slot from, engine_slot to) {
  const auto old = slots_.find(from);
  const auto fresh = slots_.find(to);
  if (old == slots_.end() || fresh == slots_.end()) return {};
  const search_settings& a = old->second.settings;
  const search_settings& b = fresh->second.settings;
  if (a.window_seconds == b.window_seconds && a.min_lag_seconds == b.min_lag_seconds &&
      a.threshold == b.threshold && a.still == b.still) {
    std::swap(old->second.tracker, fresh->second.tracker);
    fresh->second.loaded_through.reset();
    fresh->second.open = std::move(old->second.open);
    return {};
  }
  std::vector<repeat> ended = std::move(old->second.open);
  for (repeat& each : ended) each.open = false;
  return ended;
}

void live_engine::step(passage& stepped) {
  stepped.answers.assign(stepped.ticks.size(), {});
  // The matcher takes one tick of a channel at a time: a second one begins the next wave.
  std::unordered_set<engine_slot> taken;
  for (std::size_t i = 0; i < stepped.ticks.size(); ++i) {
    const engine_slot slot = stepped.contexts[i].slot;
    if (slot == no_slot) continue;
    if (!slots_.contains(slot)) {
      stepped.answers[i].error = errc::channel_unknown;
      continue;
    }
    if (!taken.insert(slot).second) {
      step_wave(stepped);
      taken = {slot};
    }
    rows_.push_back(i);
  }
  step_wave(stepped);
}

void live_engine::step_wave(passage& stepped) {
  ticks_.clear();
  // The tracker asserts that times increase: what the matcher would refuse must not reach it.
  std::erase_if(rows_, [&](std::size_t row) {
    const stored_tick& given = stepped.ticks[row];
    place& of = slots_.at(stepped.contexts[row].slot);
    if (of.loaded_through) {
      of.tracker->begin_behind(*std::exchange(of.loaded_through, std::nullopt), of.still_since);
    }
    if (!of.tracker->can_begin(given.time)) {
      stepped.answers[row].error = errc::time_not_increasing;
      return true;
    }
    of.tracker->begin_tick(given.time);
    tick made{of.channel, given.time, {}, of.tracker.get()};
    if (given.reason == gap_reason::none) made.fingerprint = given.bits;
    made.threshold = stepped.contexts[row].threshold;
    ticks_.push_back(made);
    return false;
  });
  results_.assign(ticks_.size(), {});
  matcher_->step(ticks_, results_);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const std::size_t row = rows_[i];
    stepped.answers[row].error = results_[i].error;
    if (results_[i].error) continue;
    finish(slots_.at(stepped.contexts[row].slot), stepped.ticks[row], results_[i],
           stepped.answers[row]);
  }
  rows_.clear();
}

void live_engine::finish(place& of, const stored_tick& tick, const tick_result& result,
                         engine_answer& answer) {
  for (const match& each : result.best) {
    answer.best.push_back({tick.time - each.lag_seconds, each.score});
  }
  answer.still = result.still;
  note(of, tick.time, tick.reason == gap_reason::none ? &tick.bits : nullptr);
  answer.searchable_seconds = of.searchable.count();
  if (of.stands_since && tick.time - *of.stands_since >= matcher_->parameters().run) {
    answer.still_since = of.stands_since;
  }

  const auto closed = of.tracker->finish_tick(result);
  answer.closed.assign(closed.begin(), closed.end());
  if (!of.known.empty()) {
    if (!of.begun) of.begun = tick.time;
    of.tracker->adopt(of.known, *of.begun);
    // Behind a still picture runs are opened that began in it: only then all have been seen.
    if (!result.still) of.known = {};
  }
  const auto open = of.tracker->open_repeats();
  for (const repeat& each : open) {
    if (!holds(of.open, each)) answer.opened.push_back(each);
  }
  // One that better ones have displaced is no longer followed: it ends where it was last seen.
  for (repeat& each : of.open) {
    if (holds(open, each) || holds(answer.closed, each)) continue;
    each.open = false;
    answer.closed.push_back(each);
  }
  of.open.assign(open.begin(), open.end());
}

std::vector<repeat> live_engine::open_repeats(engine_slot slot) {
  const auto found = slots_.find(slot);
  return found == slots_.end() ? std::vector<repeat>{} : found->second.open;
}

std::span<std::byte> live_engine::memory(engine_slot slot) const noexcept {
  const auto found = slots_.find(slot);
  return found == slots_.end() ? std::span<std::byte>{}
                               : matcher_->channel_memory(found->second.channel);
}

std::string_view live_engine::backend(engine_slot slot) const noexcept {
  const auto found = slots_.find(slot);
  return found == slots_.end() ? std::string_view{} : matcher_->backend(found->second.channel);
}

std::size_t live_engine::bytes() const {
  std::size_t sum = 0;
  for (const auto& [slot, of] : slots_) sum += matcher_->channel_bytes(of.channel);
  return sum;
}

}  // namespace reprise
