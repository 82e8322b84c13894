// Posts the reports of the durable outbox to their sinks, in order for each channel, and sees to it
// that each ends in one state.
//
// Shapes   a sink is its URL. A report is a POST of its body with webhook-id, webhook-timestamp and
//          the channel's reporting_headers, which only go to the channel's own reporting_url
// Errors   retry: not_found; data_conflict where it was delivered or its channel is gone;
//          what the store says. Failures of sinks end up in the reports
// Threads  the core executor alone
// Owns     the lanes of all sinks; nothing durable. It outlives the tasks of the core executor, and
//          its service's store outlives its use
// Source   storage and delivery, docs/design.md; Standard Webhooks for the headers
//
// Order. Of one channel to one sink one report is in flight, and the next goes only when that one
// has ended. Other channels go on: sends_a_sink_max at once, new reports and backlog in turn.
//
// A sink that has not answered yet, or that fails, gets one report at a time, its oldest: a probe.
// While it fails, probes are 2 to 30 s apart, and what waits is in the store alone. Any success
// opens it for all. Retry-After of a 429 or 503 holds all of it, for an hour at most. An answer
// that speaks of the one report or its credentials (400, 401, 403, 409, 422) is no failure of the
// sink: that channel's lane alone is held, as long as a failing sink would be. 410 disables the
// sink: all that waits for it ends, until a channel that reports to it is made or changed, or a
// retry is asked for; a new process does not remember it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "host/live_service.hpp"
#include "host/log.hpp"
#include "host/random_source.hpp"
#include "net/http_exchange.hpp"
#include "net/report_lanes.hpp"
#include "net/report_outcomes.hpp"

namespace reprise {

inline constexpr std::size_t sends_a_sink_max = 32;
inline constexpr std::size_t sends_max = 1'024;  // to sinks that are open
inline constexpr std::size_t probes_max = 512;   // to all others
inline constexpr std::size_t loads_a_sink_max = 4;
inline constexpr std::size_t sinks_remembered_max = 20'000;  // while nothing waits for them
inline constexpr std::size_t retries_max = 1'024;  // not sent yet; the oldest are like all others
inline constexpr std::chrono::seconds send_deadline{5};
inline constexpr std::chrono::seconds probe_wait_min{2};
inline constexpr std::chrono::seconds probe_wait_max{30};
inline constexpr std::chrono::seconds retry_after_max{3'600};
inline constexpr std::chrono::hours report_age_max{24};

struct reporter_parts {
  scheduler& core;
  http_exchange& exchange;
  random_source& random;
  event_sink& events;
  log_teller log;  // a change of a sink's state is one line; may be empty
  // A report was answered with 2xx, and that is recorded: told once, also where a kill has it
  // delivered twice. Not told where its channel is gone. May be empty.
  std::function<void(const delivered_report&)> delivered = {};
};

class reporter final : public delivery_sink,
                       private channel_book::observer,
                       private report_outcomes::listener {
 public:
  explicit reporter(reporter_parts parts);
  ~reporter();

  // Once, when the service has started: what waits from before is taken up, oldest first, and then
  // what has come since.
  void start(report_outbox& outbox, channel_book& book);
  void enqueue(delivery ready) override;
  void forget(channel_number channel) override;
  // A report that ended otherwise than delivered waits again, whatever its age; one that waits is
  // sent as soon as its channel's order allows, without waiting for the next probe.
  void retry(std::int64_t id, done<void> done);
  // Nothing more is sent; `drained` is called when what is in flight has ended and is recorded, or
  // at the deadline.
  void drain(steady_time deadline, std::function<void()> drained);
  void write_metrics(metric_writer& into) const;

 private:
  // reporter.cpp: what comes in, and what is told.
  void channel_added(channel_entry& entry) override;
  void channel_changed(channel_entry& entry) override;
  void channel_erased(channel_entry& entry) override;
  void recorded(const report_outcome& of) override;
  void recorded_all() override;
  void refused(const failure& why) override;
  void scan();
  void scanned(const outcome<std::vector<delivery>>& rows, std::int64_t newest);
  void poll_figures();
  void admit(delivery ready, bool loaded);
  void wait_again(const delivery& ended, const done<void>& done);
  void send_soon(const delivery& waiting);
  void finish_drain();
  reporter_sink& sink_of(const std::string& url);

  // reporter_sending.cpp: who is next, and what came of it.
  void wants(reporter_sink& sink);
  void stand_in_line(reporter_sink& sink);
  void serve();
  void step(reporter_sink& sink);
  void step_open(reporter_sink& sink);
  void step_probe(reporter_sink& sink);
  void step_disabled(reporter_sink& sink);
  void start_loads(reporter_sink& sink);
  void load(reporter_sink& sink, channel_number channel);
  void loaded(reporter_sink& sink, channel_number channel, outcome<std::vector<delivery>> rows);
  bool expire_oldest(reporter_sink& sink, channel_number channel);
  void send(reporter_sink& sink, channel_number channel);
  void sent(reporter_sink& sink, channel_number channel, waiting_report report, bool probe,
            steady_time begun, const exchange_result& result);
  void missed(reporter_sink& sink, channel_number channel, waiting_report report,
              std::string_view why, steady_time again);
  void end(reporter_sink& sink, channel_number channel, const delivery& report,
           delivery_state state, std::string_view why);

  // reporter_sinks.cpp: the states of a sink.
  void succeed(reporter_sink& sink);
  void fail(reporter_sink& sink, bool probe, std::string_view why, std::chrono::seconds asked);
  void disable(reporter_sink& sink);
  void enable(reporter_sink& sink, std::string_view why);
  void hold(reporter_sink& sink, channel_number channel, std::chrono::nanoseconds span);
  void release(reporter_sink& sink, channel_number channel);
  void wake_at(reporter_sink& sink, steady_time when);
  bool drop_if_idle(reporter_sink& sink);
  [[nodiscard]] std::chrono::nanoseconds back_off(std::uint32_t failures);

  [[nodiscard]] steady_time now() const { return parts_.core.clock().steady(); }
  [[nodiscard]] std::int64_t now_ms() const;
  void tell(const delivery& report, delivery_state state, std::string_view why);
  void log(log_level level, std::string_view event, std::initializer_list<log_field> fields) const;

  reporter_parts parts_;
  report_outbox* outbox_ = nullptr;
  channel_book* book_ = nullptr;
  report_outcomes outcomes_;

  std::size_t in_memory_ = 0;
  std::unordered_map<std::string, std::unique_ptr<reporter_sink>> sinks_;
  std::deque<reporter_sink*> open_turns_, probe_turns_;
  bool serving_ = false;
  std::size_t sending_ = 0, probing_ = 0;
  std::size_t disabled_ = 0;
  std::deque<std::int64_t> retried_;  // are sent once more whatever their age

  bool scanning_ = true;
  std::int64_t scanned_through_ = 0;
  std::int64_t newest_enqueued_ = 0;

  bool draining_ = false;
  std::function<void()> drained_;

  std::optional<outbox_figures> figures_;
  latency_histogram send_seconds_;
  latency_histogram delay_seconds_;
  std::uint64_t sends_failed_ = 0;
  bool refusal_told_ = false;
};

}  // namespace reprise
