// Our own reports as delivery events: gathered on the core, and stored by the library's writer, so
// that whoever reports never waits.
//
// Shapes   an event has event_name report_delivered, the channel as its client_name, and as its
//          duration the seconds from the start of the tick to the delivery, to the millisecond; 0
//          where the clock has stepped back. They are stored every gather_max
// Errors   more than waiting_max are dropped and counted. What a full or failing disk refuses waits
//          and is tried again; what the store does not take otherwise is dropped
// Threads  the core executor; the store is written on the writer's
// Owns     the events that wait
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/core_link.hpp"
#include "host/moving_average/delivery_figures.hpp"
#include "host/moving_average/delivery_store.hpp"

namespace reprise {

class report_journal {
 public:
  static constexpr std::size_t waiting_max = 65'536;
  static constexpr std::chrono::milliseconds gather_max{500};

  // All of them outlive it and the writer's last task.
  report_journal(scheduler& core, executor& writer, delivery_writer& store,
                 delivery_figures& figures);

  void add(const std::string& channel, std::int64_t tick, wall_time delivered);
  [[nodiscard]] std::size_t waiting() const noexcept;
  // What waits is stored now, or not at all; then, or at the deadline, `drained` is called.
  void drain(steady_time deadline, std::function<void()> drained);

 private:
  void gather();
  void write();
  void written(const outcome<void>& ended);
  void finish_drain();

  executor& writer_;
  delivery_writer& store_;
  delivery_figures& figures_;
  event_batch gathered_;
  std::shared_ptr<const event_batch> batch_;  // being written, or to be tried again
  bool writing_ = false;
  bool timed_ = false;
  bool draining_ = false;
  std::function<void()> drained_;
  core_link link_;
};

}  // namespace reprise
