// Where ticks come in: each takes its channel's lane, and goes into the next batch or waits where
// the lane is held.
//
// Shapes   a tick is after the newest of its channel, or it is not taken
// Errors   a lane that is full makes its further fingerprints gaps (overload). A burst of gaps, as
//          of a source that jumps, leaves room for the fingerprint behind it
// Threads  the core executor
// Owns     the batcher; the waiting ticks are the lanes'
#pragma once

#include <cstdint>

#include "host/batcher.hpp"
#include "host/pipeline.hpp"

namespace reprise {

class intake {
 public:
  intake(live_core& core, pipeline& onward);

  // Whether the tick was taken; where it was not, it is counted.
  bool accept(channel_lane& lane, const arrival& arrived, tick_overrides overrides);
  // A held lane's ticks wait; all that came before is on its way already.
  void hold(channel_lane& lane);
  void release(channel_lane& lane);
  // Runs `then` when nothing of the lane is on its way any more; the lane is held.
  void when_idle(channel_lane& lane, std::function<void()> then);
  void flush() { batches_.flush(); }
  void reconfigure();
  [[nodiscard]] bool is_idle() const noexcept { return batches_.waiting() == 0; }
  void write_metrics(metric_writer& into) const;

 private:
  [[nodiscard]] static batcher::bounds bounds_of(const service_options& options) {
    return {options.batch_wait_max, options.batch_channels_max};
  }
  void send(channel_lane& lane, const stored_tick& tick, tick_context context);
  void send_overflow(channel_lane& lane);
  void overflow(channel_lane& lane, const arrival& arrived);

  live_core& core_;
  pipeline& onward_;
  batcher batches_;
  std::uint64_t refused_ = 0;
  std::uint64_t overflowed_ = 0;
};

}  // namespace reprise
