// What the poller keeps of one channel, and the queue of the moments at which something is to be
// done for one.
//
// Threads  one at a time
// Owns     polled_channel: nothing of the book; the entry outlives it
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "host/channel_book.hpp"
#include "host/clock.hpp"
#include "net/phase_tracker.hpp"
#include "net/source_health.hpp"

namespace reprise {

enum class poll_action : std::uint8_t {
  none,
  begin,     // its first poll
  own_poll,  // of the tick
  probe,     // shows when the source changes, and nothing else
  circuit,   // the tick ends as a gap, unasked
  drift,     // likewise: no second of the source falls to it
  overdue,   // the exchange should have ended by now
};

struct polled_channel {
  polled_channel(channel_entry& of, std::chrono::nanoseconds spread_by)
      : entry{&of}, spread{spread_by}, phase{spread_by} {}

  channel_entry* entry;
  std::chrono::nanoseconds spread;  // behind the start of the tick, without a phase of its own
  bool active = false;
  phase_tracker phase;
  failure_count failures;

  std::int64_t next_tick = 0;   // that has not ended yet
  std::int64_t first_tick = 0;  // since it was started
  // Ticks from there on have passed before its first poll had an end: gaps of that reason.
  std::optional<std::int64_t> owed_from;
  gap_reason owed_as = gap_reason::late;
  std::optional<std::int64_t> newest;  // time of its newest arrival

  // A source with X-Frame-Time.
  bool frame_timed = false;
  std::int64_t frame_lag = 0;  // its second less the tick, of the last answer
  int frame_repeats = 0;       // in this tick
  int frame_credit = 0;        // ticks that pay for the next repeat

  poll_action action = poll_action::none;
  std::uint64_t armed = 0;  // the queue's entry that is valid
  steady_time planned{};    // of the action
  steady_time own_poll{};   // the tick's own one

  bool busy = false;  // an exchange is on its way
  bool probing = false;
  bool discard = false;  // its answer is not wanted any more
  std::uint64_t flight = 0;
  steady_time asked{};
  steady_time deadline{};
};

// By moment, and then in the order given. Entries are never taken back: whoever takes one compares
// `serial` with what the channel waits for.
class due_queue {
 public:
  struct entry {
    steady_time when;
    std::uint64_t serial = 0;
    channel_number channel = 0;
    friend bool operator>(const entry& a, const entry& b) noexcept {
      return a.when != b.when ? a.when > b.when : a.serial > b.serial;
    }
  };
  std::uint64_t push(steady_time when, channel_number channel) {
    heap_.push_back({when, ++serial_, channel});
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
    return serial_;
  }
  [[nodiscard]] const entry* top() const noexcept { return heap_.empty() ? nullptr : &heap_[0]; }
  void pop() {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
  }

 private:
  std::vector<entry> heap_;
  std::uint64_t serial_ = 0;
};

}  // namespace reprise
