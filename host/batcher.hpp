// Gathers the ticks that arrive into batches: what the engine steps and the history commits at
// once.
//
// Shapes   a batch holds at most one tick of a channel and at most `channels_max` ticks. It goes
//          `settle` after its first tick where no other is on its way, and `wait_max` after it at
//          the latest: a disk and an engine that are busy get fewer and larger batches
// Errors   none
// Threads  the core executor
// Owns     the batch that is being gathered: that is the bound of its memory
// Source   the way of one second, docs/design.md
#pragma once

#include <chrono>
#include <functional>
#include <unordered_set>

#include "host/core_link.hpp"
#include "host/live_tick.hpp"

namespace reprise {

class batcher {
 public:
  struct bounds {
    std::chrono::milliseconds wait_max{10};
    std::size_t channels_max = 256;
    std::chrono::milliseconds settle{2};
  };
  // `flushed` takes each batch, inside add() or flush() or from a timer; `is_idle` says that all
  // those before have been taken care of.
  batcher(scheduler& core, bounds limits, std::function<void(shared_passage)> flushed,
          std::function<bool()> is_idle)
      : link_{core}, limits_{limits}, flushed_{std::move(flushed)}, is_idle_{std::move(is_idle)} {}

  // A second tick of a channel sends the batch of the first one off before it.
  void add(const stored_tick& tick, tick_context context);
  void flush();
  void set_bounds(bounds limits) { limits_ = limits; }
  [[nodiscard]] std::size_t waiting() const noexcept {
    return gathered_ ? gathered_->ticks.size() : 0;
  }

 private:
  void wait();

  core_link link_;
  bounds limits_;
  std::function<void(shared_passage)> flushed_;
  std::function<bool()> is_idle_;
  steady_time begun_{};
  shared_passage gathered_;
  std::unordered_set<channel_number> channels_;
  timer_id timer_;
};

}  // namespace reprise
