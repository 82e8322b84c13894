// The lane of one channel: in which order its ticks go on their way. While it is held (a push is
// being stored, a history is about to be swapped) its ticks wait here; else they go at once.
//
// Shapes   times of a lane increase; a tick is on its way from its arrival to its answer
// Errors   none
// Threads  the core executor
// Owns     the ticks that wait: lane_ticks_max, then their times and reasons alone,
//          lane_overflow_max
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/channel_book.hpp"
#include "host/live_service.hpp"
#include "host/live_tick.hpp"

namespace reprise {

inline constexpr std::size_t lane_ticks_max = 64;       // on their way, and waiting, each
inline constexpr std::size_t lane_gaps_max = 48;        // on their way, of which gaps take no more
inline constexpr std::size_t lane_overflow_max = 3600;  // gaps that wait to be recorded
inline constexpr std::size_t lane_callers_max = 16;     // one-shot calls that wait for an answer
inline constexpr std::size_t lane_answers_max = 8;      // ticks whose answer is remembered

// A tick that found no place, and why it is a gap.
struct left_out_tick {
  std::int64_t time = 0;
  gap_reason reason = gap_reason::overload;
};

struct channel_lane {
  channel_entry* entry = nullptr;
  engine_slot slot = no_slot;   // no_slot: its history is not loaded yet
  search_settings searched_by;  // of that slot

  std::size_t holds = 0;     // who holds it: a push, a handover
  std::size_t passages = 0;  // that have ticks of this channel and are on their way
  std::deque<std::pair<stored_tick, tick_context>> waiting;
  std::vector<left_out_tick> overflow;
  std::function<void()> when_idle;  // once, when no passage is on its way any more

  // One-shot calls, and what recent ticks answered.
  std::deque<std::int64_t> unanswered;
  std::vector<std::pair<std::int64_t, done<tick_answer>>> callers;
  std::deque<tick_answer> answers;

  // The engine's history is not the store's: it is to be loaded anew.
  bool dirty = false;
  bool loading = false;  // a load is at it
  steady_time dirty_since{};
  steady_time dirty_last{};
  // Seconds that the engine has and the disk lost: nothing is concluded from them meanwhile.
  std::optional<std::pair<std::int64_t, std::int64_t>> lost;

  std::uint64_t marks = 0;  // how often it was marked dirty
  bool on_host = false;     // a device has answered wrongly: the CPU searches it from now on

  // The engine has lost a history with its device. What it has not matched is loaded and searched
  // anew, as it is stored.
  engine_slot lost_slot = no_slot;                 // until its open repeats are put down
  std::size_t losing = 0;                          // passages on their way that may ask that slot
  std::map<std::int64_t, tick_context> unmatched;  // ticks that it did not answer
  std::optional<std::int64_t> reportable_from;     // of ticks that come meanwhile, at the earliest
  std::optional<std::int64_t> matched_through;     // the newest tick that was answered

  // Whether ticks that the channel's entry has been told of are not on disk yet.
  [[nodiscard]] bool has_unstored() const {
    return passages > 0 || !waiting.empty() || !overflow.empty();
  }
  // Whether what answers for the channel now has the store's seconds, so far as is known here.
  [[nodiscard]] bool is_as_stored() const noexcept {
    const bool is_rebuilt = loading && slot != no_slot;
    return !dirty && !lost && !is_rebuilt && lost_slot == no_slot && unmatched.empty();
  }
  void mark_dirty(steady_time now) {
    ++marks;
    if (!dirty) dirty_since = now;
    dirty_last = now;
    dirty = true;
  }
};

using channel_lanes = std::unordered_map<channel_number, std::unique_ptr<channel_lane>>;

}  // namespace reprise
