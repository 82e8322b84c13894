// The running service without its network: channels in, ticks in, reports out. The way of one
// second from its arrival to the outbox.
//
// Shapes   a tick is taken once for each channel, times increasing; `done` callbacks run on the
//          core executor, once each, never inside the call
// Errors   not_found, loading, stopping, overloaded, out_of_range, data_conflict, storage_full,
//          io_failed; a failed request changes nothing
// Threads  the core executor alone; work that waits (disk, engine) runs on the other executors
// Owns     the stores, the engine, the book
// Source   the way of one second, docs/design.md
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/channel_book.hpp"
#include "host/done.hpp"
#include "host/event.hpp"
#include "host/executor.hpp"
#include "host/failure.hpp"
#include "host/log.hpp"
#include "host/match/matcher.hpp"
#include "host/match/memory_budget.hpp"
#include "host/metrics.hpp"
#include "host/recording.hpp"
#include "host/store/history_store.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

// One tick of one polled channel: its fingerprint, or why there is none.
struct arrival {
  channel_number channel = 0;
  std::int64_t time = 0;
  gap_reason reason = gap_reason::none;
  fingerprint bits{};
  steady_time received{};  // when its last byte came
};

// Where polled ticks go.
class arrival_sink {
 public:
  // A tick that is not after the channel's newest is left out and counted.
  virtual void take(const arrival& arrived) = 0;

 protected:
  ~arrival_sink() = default;
};

// Where reports go that are durable: to be posted, in order for each channel.
class delivery_sink {
 public:
  virtual void enqueue(delivery ready) = 0;
  // Its reports are no longer to be posted.
  virtual void forget(channel_number channel) = 0;

 protected:
  ~delivery_sink() = default;
};

// The durable outbox, for who posts.
class report_outbox {
 public:
  virtual void read_waiting(std::int64_t after, std::size_t count_max,
                            done<std::vector<delivery>> done) = 0;
  virtual void read_waiting_of(std::string sink_url, channel_number channel, std::size_t count_max,
                               done<std::vector<delivery>> done) = 0;
  virtual void read_outbox(done<outbox_figures> done) = 0;
  virtual void read_delivery(std::int64_t id, done<std::optional<delivery>> done) = 0;
  virtual void change_deliveries(std::vector<outcome_change> changed, done<void> done) = 0;

 protected:
  ~report_outbox() = default;
};

struct service_parts {
  scheduler& core;
  executor& engine;
  executor& history;
  executor& state;
  executor& reader;
  executor& memory;  // where the memory of new histories is made
  history_files history_at;
  state_files state_at;
  std::unique_ptr<matcher> engine_at;
  event_sink& events;
  delivery_sink& deliveries;
  // A disk can no longer be trusted: the process must end. Called on the core executor.
  std::function<void(const failure&)> fatal = [](const failure&) {};
  log_teller log = [](log_level, std::string_view, std::initializer_list<log_field>) {};
  executor* auditor = nullptr;   // where answers are computed anew; none: they are not
  std::uint64_t audit_seed = 1;  // of the ticks that are drawn for it
  // The engine's, to be shown; used on the engine executor alone.
  std::shared_ptr<const memory_budget> budget = {};
};

struct service_options {
  channel_defaults defaults;
  std::chrono::milliseconds batch_wait_max{10};  // 20 ms on a GPU
  std::size_t batch_channels_max = 256;
  std::int64_t report_max_age_seconds = 60;
  std::int64_t future_seconds_max = 5;
  std::int64_t matches_keep_seconds = 604'800;
  std::int64_t repeats_keep_seconds = 2'592'000;
  std::int64_t deliveries_keep_seconds = 604'800;
  std::size_t channels_max = 20'000;
  std::size_t unstored_seconds_max = 60;  // how long ticks wait in memory for a full disk
  std::chrono::seconds audit_interval{10};
};

struct put_answer {
  bool created = false;
};
struct push_answer {
  std::uint64_t stored = 0;
  std::uint64_t present = 0;
  std::optional<std::int64_t> durable_through;
};
struct tick_answer {
  std::int64_t time = 0;
  std::vector<std::int64_t> match_times;  // best first
  gap_reason reason = gap_reason::none;   // why there is no fingerprint to match
};
// What a one-shot call may set for itself alone.
struct tick_overrides {
  std::optional<double> threshold;
  std::optional<std::string> reporting_url;
};
struct service_phase {
  bool ready = false;
  std::string_view word;  // starting, loading, ready, draining
  std::size_t channels_loaded = 0;
  std::vector<std::string> reasons;  // why it is not ready, or degraded
};

class live_service : public arrival_sink, public report_outbox {
 public:
  virtual ~live_service() = default;

  // Reads the channels and the keys, then calls `started`; the histories load behind it. `stopping`
  // where a drain came first.
  virtual void start(std::function<void(outcome<void>)> started) = 0;
  [[nodiscard]] virtual channel_book& book() noexcept = 0;
  [[nodiscard]] virtual service_phase phase() const = 0;

  virtual void put_channel(std::string name, channel_settings settings, done<put_answer> done) = 0;
  virtual void remove_channel(std::string name, done<void> done) = 0;
  // Pushed or backfilled ticks, times increasing; atomic; done when durable.
  virtual void push(std::string name, std::vector<recorded_second> seconds,
                    done<push_answer> done) = 0;
  // One tick out of turn: done when its report, if any, is durable in the outbox. A tick that has
  // been taken already gives the answer of then.
  virtual void take_now(arrival arrived, tick_overrides overrides, done<tick_answer> done) = 0;
  [[nodiscard]] virtual std::optional<tick_answer> answer_of(channel_number channel,
                                                             std::int64_t time) const = 0;
  virtual void record(const outage& added) = 0;

  // Reads, on the reader executor.
  // Of the durable ticks since the channel was made, within its window.
  virtual void read_gaps(channel_number channel, done<gap_counts> done) = 0;
  virtual void read_history(channel_number channel, std::int64_t from, std::int64_t to,
                            std::size_t count_max, done<std::vector<recorded_second>> done) = 0;
  virtual void read_matches(channel_number channel, page_request asked,
                            done<page<match_row>> done) = 0;
  virtual void read_repeats(channel_number channel, page_request asked,
                            done<page<repeat>> done) = 0;
  virtual void read_deliveries(std::optional<delivery_state> state, page_request asked,
                               done<page<delivery>> done) = 0;

  // Keys: the list in memory is what requests are held to.
  [[nodiscard]] virtual const std::vector<stored_key>& keys() const noexcept = 0;
  virtual void add_key(stored_key added, done<void> done) = 0;
  virtual void revoke_key(std::string id, done<bool> done) = 0;

  virtual void reconfigure(const service_options& options) = 0;
  // The service is about to end: its phase is `draining`, and ticks on their way are still taken.
  virtual void begin_drain() = 0;
  // No more ticks are taken; done when all that was taken is matched and durable, or when a disk
  // has refused it for drain_fault_max: what stays behind is logged.
  static constexpr std::chrono::seconds drain_fault_max{10};
  virtual void drain(std::function<void()> drained) = 0;
  virtual void write_metrics(metric_writer& into) const = 0;
};

[[nodiscard]] std::unique_ptr<live_service> make_live_service(service_parts parts,
                                                              const service_options& options);

}  // namespace reprise
