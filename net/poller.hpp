// Asks the source of every enabled channel at each UTC second, and hands on one arrival a tick: the
// fingerprint, or why there is none.
//
// Shapes   one poll in flight a channel, under one absolute deadline; a poll that could not leave
//          in its tick is a gap, never a burst later. Sources with X-Frame-Time or without a known
//          phase are asked in the first spread_max of the second, others soon after they change
// Errors   none: whatever fails is a gap's reason, the channel's health and its last_error
// Threads  the core executor alone
// Owns     the schedule. What it was given outlives it; an exchange that ends later is ignored. The
//          book's entries may change for as long as it lives
// Source   the way of one second, faults: docs/design.md
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "host/channel_book.hpp"
#include "host/event.hpp"
#include "host/executor.hpp"
#include "host/live_service.hpp"
#include "host/log.hpp"
#include "host/metrics.hpp"
#include "net/http_exchange.hpp"
#include "net/polled_channel.hpp"
#include "net/poller_figures.hpp"
#include "net/source_answer.hpp"
#include "net/tick_clock.hpp"

namespace reprise {

struct poller_options {
  std::chrono::milliseconds deadline{800};
  std::uint32_t starts_per_second_max = 200;  // of newly added channels
  std::uint64_t in_flight_max = 20'000;       // beyond it a tick is a gap (overload)
};

struct poller_parts {
  scheduler& core;
  http_exchange& exchange;
  channel_book& book;
  arrival_sink& arrivals;
  event_sink& events;
  std::function<void(const outage&)> record;
  log_teller log;  // on changes alone
};

class poller final : public channel_book::observer {
 public:
  static constexpr std::chrono::milliseconds spread_max{100};
  // A poll may leave so much after its moment, if nothing of the channel was in its way.
  static constexpr std::chrono::milliseconds ask_late_max{100};
  // An exchange that has not ended so long after its deadline is given up.
  static constexpr std::chrono::milliseconds overdue_after{100};
  static constexpr int due_batch_max = 256;  // channels served before others have their turn
  // Missing ticks of one channel that are handed on one by one; what is beyond them is left out.
  static constexpr int missed_told_max = 128;  // more than a frame time can jump
  // Likewise of a channel that waits for its first poll, for as long as others begin before it.
  static constexpr std::int64_t owed_told_max = 32;
  // A frame time that was taken already: asked again in the same tick, so often and so much later.
  static constexpr int frame_repeats_max = 2;
  static constexpr std::chrono::milliseconds frame_repeat_step{150};
  static constexpr int frame_repeat_price = 16;  // one tick in so many, in the long run

  // Watches the book from then on, and starts the channels in it.
  poller(poller_parts parts, const poller_options& options);
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;
  ~poller();

  void reconfigure(const poller_options& options) { options_ = options; }
  // No new polls: a tick that has begun and is not being asked for is a gap (down). `drained`,
  // never inside the call, when none is in flight.
  void drain(std::function<void()> drained);
  // One line while ticks wait for a wall clock that was put back.
  [[nodiscard]] std::optional<std::string> clock_problem() const { return clock_.problem(); }
  void write_metrics(metric_writer& into) const;

  void channel_added(channel_entry& entry) override;
  void channel_changed(channel_entry& entry) override;
  void channel_erased(channel_entry& entry) override;

 private:
  struct watched {
    std::string url;  // that the channel was started with
    polled_channel channel;
  };

  // Time: poller.cpp.
  void observe();
  [[nodiscard]] std::uint64_t asked_count() const;
  void run_due();
  void arm_timer();
  void arm(polled_channel& of, poll_action action, steady_time when);
  void add(channel_entry& entry, std::int64_t owed_from);
  // From `owed_from` on each tick is a fingerprint or a gap.
  void start_channel(watched& of, std::int64_t owed_from);
  [[nodiscard]] steady_time next_start(const polled_channel& of);
  void stop_channel(polled_channel& of);
  void end_begun_ticks();

  // One channel's ticks: poller_ticks.cpp.
  void run(polled_channel& of);
  void begin(polled_channel& of);
  void catch_up(polled_channel& of);
  void plan(polled_channel& of, bool after_exchange = false);
  void run_own_poll(polled_channel& of);
  void run_probe(polled_channel& of);
  void give_up(polled_channel& of);
  // The tick itself, or the first one behind the outage that it is in.
  [[nodiscard]] std::int64_t behind_outage(std::int64_t tick) const;
  void end_with_gap(polled_channel& of, gap_reason reason);
  void end_owed(polled_channel& of, std::int64_t before);
  void hand_on(polled_channel& of, std::int64_t time, gap_reason reason,
               const source_reading* reading);

  // Exchanges: poller_exchanges.cpp.
  void ask(polled_channel& of, bool probing);
  void ended(channel_number channel, std::uint64_t flight, const exchange_result& result);
  void probe_ended(polled_channel& of, const exchange_result& result);
  void own_poll_ended(polled_channel& of, const exchange_result& result);
  void take(polled_channel& of, const source_reading& reading);
  void take_frame(polled_channel& of, const source_reading& reading);
  void fail(polled_channel& of, gap_reason reason, std::string what);
  void show_health(polled_channel& of, source_health health, bool circuit_open);

  poller_parts parts_;
  poller_options options_;
  tick_clock clock_;
  std::unordered_map<channel_number, watched> channels_;
  due_queue due_;
  timer_id timer_;
  steady_time timer_at_{};
  bool running_due_ = false;
  bool all_known_ = false;  // that were in the book from the beginning
  steady_time last_start_{};
  std::optional<outage> outage_;  // the last one
  gap_reason missed_as_ = gap_reason::late;
  std::uint64_t flights_ = 0;
  poller_figures figures_;
  bool draining_ = false;
  std::function<void()> drained_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace reprise
