#include "net/reporter.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "host/match/assert.hpp"
#include "host/printable.hpp"
#include "net/reporter_sink.hpp"

namespace reprise {
namespace {

constexpr std::size_t scan_rows_max = 1'024;
constexpr std::chrono::seconds scan_again_after{1};
constexpr std::chrono::seconds figures_each{2};

}  // namespace

reporter::reporter(reporter_parts parts)
    : parts_{std::move(parts)}, outcomes_{parts_.core, *this} {}

reporter::~reporter() = default;

void reporter::start(report_outbox& outbox, channel_book& book) {
  REPRISE_ASSERT(outbox_ == nullptr);
  outbox_ = &outbox;
  book_ = &book;
  outcomes_.begin(outbox);
  book.observe(*this);
  scan();
  poll_figures();
}

// What came before the scan of the store has ended is found by it.
void reporter::enqueue(delivery ready) {
  newest_enqueued_ = std::max(newest_enqueued_, ready.id);
  if (scanning_ || ready.id <= scanned_through_) return;
  admit(std::move(ready), false);
}

void reporter::admit(delivery ready, bool loaded) {
  reporter_sink& sink = sink_of(ready.sink_url);
  const channel_number channel = ready.channel;
  sink.lanes.take(std::move(ready), loaded, sink.failures < 2);
  sink.lanes.settle(channel, now_ms());
  wants(sink);
}

reporter_sink& reporter::sink_of(const std::string& url) {
  auto& sink = sinks_[url];
  if (sink == nullptr) sink = std::make_unique<reporter_sink>(url, in_memory_);
  return *sink;
}

void reporter::scan() {
  outbox_->read_waiting(scanned_through_, scan_rows_max,
                        [this, newest = newest_enqueued_](
                            const outcome<std::vector<delivery>>& rows) { scanned(rows, newest); });
}

void reporter::scanned(const outcome<std::vector<delivery>>& rows, std::int64_t newest) {
  if (!rows) {
    refused(rows.error());
    (void)parts_.core.at(now() + scan_again_after, [this] { scan(); });
    return;
  }
  for (const delivery& row : *rows) {
    scanned_through_ = std::max(scanned_through_, row.id);
    admit(row, true);
  }
  if (rows->size() == scan_rows_max) return scan();
  // What had been enqueued when this was read, and was not found, has ended.
  scanned_through_ = std::max(scanned_through_, newest);
  if (newest_enqueued_ > scanned_through_) return scan();
  scanning_ = false;
  for (const auto& [url, sink] : sinks_) stand_in_line(*sink);
  serve();
}

void reporter::poll_figures() {
  outbox_->read_outbox([this](const outcome<outbox_figures>& read) {
    if (read) figures_ = *read;
    if (draining_) return;
    (void)parts_.core.at(now() + figures_each, [this] { poll_figures(); });
  });
}

void reporter::forget(channel_number channel) {
  for (const auto& [url, sink] : sinks_) {
    report_lane* lane = sink->lanes.find(channel);
    if (lane == nullptr) continue;
    sink->lanes.forget(channel);
    if (lane->held) {
      release(*sink, channel);
    } else {
      sink->lanes.settle(channel, now_ms());
    }
    stand_in_line(*sink);
  }
  serve();
}

void reporter::channel_added(channel_entry& entry) {
  channel_changed(entry);
}

void reporter::channel_changed(channel_entry& entry) {
  const auto found = sinks_.find(entry.settings.reporting_url);
  if (found == sinks_.end()) return;
  reporter_sink& sink = *found->second;
  enable(sink, "a channel that reports to it was changed");
  // Its credentials may be other ones now.
  const report_lane* lane = sink.lanes.find(entry.number);
  if (lane != nullptr && lane->held) release(sink, entry.number);
  wants(sink);
}

void reporter::channel_erased(channel_entry&) {}  // forget() follows, once that is durable

void reporter::retry(std::int64_t id, done<void> done) {
  outbox_->read_delivery(
      id, [this, id, done = std::move(done)](const outcome<std::optional<delivery>>& read) {
        const std::string name = "delivery " + std::to_string(id);
        if (!read) return done(read.error());
        if (!*read) return done(failure{errc::not_found, name + ": there is none"});
        const delivery& found = **read;
        switch (found.state) {
          case delivery_state::waiting:
            send_soon(found);
            return done({});
          case delivery_state::delivered:
            return done(failure{errc::data_conflict, name + ": it was delivered"});
          case delivery_state::channel_deleted:
            return done(failure{errc::data_conflict, name + ": its channel was removed"});
          default:
            return wait_again(found, done);
        }
      });
}

void reporter::wait_again(const delivery& ended, const done<void>& done) {
  outcome_change change{.id = ended.id,
                        .state = delivery_state::waiting,
                        .attempts = ended.attempts,
                        .next_attempt_ms = now_ms(),
                        .last_error = ended.last_error};
  outbox_->change_deliveries({std::move(change)}, [this, ended, done](const outcome<void>& made) {
    if (!made) return done(made.error());
    // It is older than what its lane has: that is loaded anew, this one first.
    reporter_sink& sink = sink_of(ended.sink_url);
    report_lane& lane = sink.lanes.lane(ended.channel);
    if (lane.forgotten) return done({});
    sink.lanes.unload(ended.channel);
    lane.oldest_stored = lane.stored ? std::min(lane.oldest_stored, ended.id) : ended.id;
    lane.stored = true;
    send_soon(ended);
    done({});
  });
}

void reporter::send_soon(const delivery& waiting) {
  if (retried_.size() >= retries_max) retried_.pop_front();
  retried_.push_back(waiting.id);
  reporter_sink& sink = sink_of(waiting.sink_url);
  enable(sink, "a retry was asked for");
  sink.not_before = sink.probe_at = now();
  const report_lane* lane = sink.lanes.find(waiting.channel);
  if (lane != nullptr && lane->held) release(sink, waiting.channel);
  sink.lanes.settle(waiting.channel, now_ms());
  wants(sink);
}

void reporter::recorded(const report_outcome& of) {
  refusal_told_ = false;
  if (of.delivered && parts_.delivered) parts_.delivered(*of.delivered);
  report_lane& lane = of.sink->lanes.lane(of.channel);
  --lane.unrecorded;
  if (lane.unrecorded > 0) return;
  of.sink->lanes.settle(of.channel, now_ms());
  wants(*of.sink);
}

void reporter::recorded_all() {
  serve();
  if (draining_) finish_drain();
}

void reporter::refused(const failure& why) {
  if (refusal_told_) return;
  refusal_told_ = true;
  log(log_level::warning, "the outbox refused, tried again each second", {{"why", why.what}});
}

void reporter::drain(steady_time deadline, std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  outcomes_.hurry();
  (void)parts_.core.at(deadline, [this] {
    if (drained_) std::exchange(drained_, nullptr)();
  });
  parts_.core.post([this] { finish_drain(); });
}

void reporter::finish_drain() {
  if (!drained_ || sending_ + probing_ > 0 || !outcomes_.empty()) return;
  std::exchange(drained_, nullptr)();
}

std::int64_t reporter::now_ms() const {
  const auto since = parts_.core.clock().wall().time_since_epoch();
  return std::chrono::floor<std::chrono::milliseconds>(since).count();
}

void reporter::tell(const delivery& report, delivery_state state, std::string_view why) {
  if (!parts_.events.heard()) return;
  nlohmann::ordered_json data{{"channel", report.channel_name},
                              {"id", report.id},
                              {"time", report.time},
                              {"state", to_string(state)},
                              {"attempts", report.attempts}};
  if (!why.empty()) data["last_error"] = why;
  parts_.events.publish(
      {"delivery", report.channel_name,
       data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)});
}

void reporter::log(log_level level, std::string_view event,
                   std::initializer_list<log_field> fields) const {
  if (parts_.log) parts_.log(level, event, fields);
}

void reporter::write_metrics(metric_writer& into) const {
  const outbox_figures figures = figures_.value_or(outbox_figures{});
  for (std::size_t i = 1; i < delivery_states; ++i) {
    into.counter("reprise_reports_total", "Reports that ended, by how, since state.db was made",
                 {{"state", to_string(static_cast<delivery_state>(i))}},
                 static_cast<double>(figures.endings[i]));
  }
  const auto gauge = [&](std::string_view name, std::string_view help, auto value) {
    into.gauge(name, help, {}, static_cast<double>(value));
  };
  gauge("reprise_outbox_waiting", "Reports that wait to be delivered", figures.waiting);
  gauge("reprise_outbox_fullest_sink_waiting", "Of the sink for which most wait", figures.fullest);
  gauge("reprise_outbox_limit", "Reports that may wait for one sink", waiting_reports_max);
  gauge("reprise_outbox_oldest_seconds", "Age of the oldest report that waits",
        figures.oldest_ms
            ? std::max(0.0, static_cast<double>(now_ms() - *figures.oldest_ms) / 1'000)
            : 0.0);
  into.histogram("reprise_report_send_seconds", "From the start of a send to its 2xx", {},
                 send_seconds_);
  into.histogram("reprise_report_delay_seconds",
                 "From a fingerprint's last byte to the start of its report's first send; without "
                 "those that were loaded from state.db",
                 {}, delay_seconds_);
  into.counter("reprise_report_sends_failed_total", "Sends without a 2xx", {},
               static_cast<double>(sends_failed_));
  const auto failing = std::count_if(sinks_.begin(), sinks_.end(), [](const auto& of) {
    return of.second->state == sink_state::failing;
  });
  gauge("reprise_sinks_failing", "Sinks that fail and are probed", failing);
  gauge("reprise_sinks_disabled", "Sinks that answered 410", disabled_);
  gauge("reprise_report_sends", "Reports on their way now", sending_ + probing_);
  gauge("reprise_report_sends_limit", "Reports that may be on their way", sends_max + probes_max);
  gauge("reprise_report_outcomes", "Ends of reports that wait to be written", outcomes_.size());
  gauge("reprise_report_outcomes_limit", "How many wait before sending pauses",
        report_outcomes::outcomes_max);
  gauge("reprise_reports_in_memory", "Waiting reports in memory", in_memory_);
  gauge("reprise_reports_in_memory_limit", "Waiting reports that may be in memory",
        memory_reports_max);
}

}  // namespace reprise
