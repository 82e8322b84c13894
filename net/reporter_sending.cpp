#include <algorithm>

#include "host/match/assert.hpp"
#include "net/reporter.hpp"
#include "net/reporter_sink.hpp"
#include "net/retry_after.hpp"

namespace reprise {
namespace {

constexpr std::chrono::seconds sweep_after{60};
constexpr std::chrono::seconds load_again_after{1};

bool speaks_of_the_report(unsigned status) noexcept {
  return status == 400 || status == 401 || status == 403 || status == 409 || status == 422;
}

std::chrono::seconds asked_to_wait(const exchange_answer& answer, wall_time now) {
  if (answer.status != 429 && answer.status != 503) return {};
  if (!answer.retry_after) return {};
  const auto asked = parse_retry_after(*answer.retry_after, now);
  return std::min(asked.value_or(std::chrono::seconds{0}), retry_after_max);
}

}  // namespace

// Whatever happens to a sink ends here: it stands in line, and drops out where it has nothing left.
void reporter::wants(reporter_sink& sink) {
  stand_in_line(sink);
  serve();
}

void reporter::stand_in_line(reporter_sink& sink) {
  if (sink.queued) return;
  sink.queued = true;
  (sink.state == sink_state::open ? open_turns_ : probe_turns_).push_back(&sink);
}

void reporter::serve() {
  if (serving_ || draining_ || outbox_ == nullptr) return;
  serving_ = true;
  const auto take_turn = [this](std::deque<reporter_sink*>& turns) {
    reporter_sink& sink = *turns.front();
    turns.pop_front();
    sink.queued = false;
    step(sink);
  };
  while (!open_turns_.empty() && sending_ < sends_max && !outcomes_.full()) take_turn(open_turns_);
  while (!probe_turns_.empty() && probing_ < probes_max && !outcomes_.full()) {
    take_turn(probe_turns_);
  }
  serving_ = false;
}

void reporter::step(reporter_sink& sink) {
  if (drop_if_idle(sink)) return;
  switch (sink.state) {
    case sink_state::open:
      return step_open(sink);
    case sink_state::unproven:
    case sink_state::failing:
      return step_probe(sink);
    case sink_state::disabled:
      return step_disabled(sink);
  }
}

void reporter::step_open(reporter_sink& sink) {
  start_loads(sink);
  if (now() < sink.not_before) return wake_at(sink, sink.not_before);
  // It may have opened since it stood in line for a probe: at the end of the other line, then.
  bool sent_one = sending_ >= sends_max;
  while (!sent_one && sink.sending < sends_a_sink_max) {
    const auto next = sink.lanes.next_ready();
    if (!next) return;
    if (expire_oldest(sink, *next)) continue;
    sink.lanes.took_turn();
    send(sink, *next);
    sent_one = true;
  }
  if (sink.sending < sends_a_sink_max && sink.lanes.ready()) wants(sink);
}

void reporter::step_probe(reporter_sink& sink) {
  if (sink.sending + sink.loading > 0) return;
  if (now() < sink.probe_at && now() < sink.sweep_at) {
    return wake_at(sink, std::min(sink.probe_at, sink.sweep_at));
  }
  std::optional<channel_number> next;
  do {
    next = sink.lanes.oldest();
    if (!next) return;
    if (sink.lanes.find(*next)->reports.empty()) return load(sink, *next);
  } while (expire_oldest(sink, *next));
  if (now() >= sink.probe_at) {
    if (probing_ >= probes_max) return stand_in_line(sink);
    return send(sink, *next);
  }
  sink.sweep_at = now() + sweep_after;
  if (sink.failures > 1) sink.lanes.unload_all(now_ms());
  wake_at(sink, std::min(sink.probe_at, sink.sweep_at));
}

void reporter::step_disabled(reporter_sink& sink) {
  while (const auto next = sink.lanes.next_ready()) {
    const waiting_report report = sink.lanes.pop(*next);
    end(sink, *next, report.of, delivery_state::sink_disabled, "the sink answered 410");
  }
  start_loads(sink);
}

void reporter::start_loads(reporter_sink& sink) {
  while (sink.loading < loads_a_sink_max && sink.lanes.room_to_load(sink.loading)) {
    const auto next = sink.lanes.next_stored();
    if (!next || scanning_) return;
    load(sink, *next);
  }
}

void reporter::load(reporter_sink& sink, channel_number channel) {
  if (scanning_) return;  // its end asks again
  report_lane& lane = sink.lanes.lane(channel);
  REPRISE_ASSERT(lane.stored && lane.unrecorded == 0);
  lane.loading = true;
  lane.stored = false;
  sink.lanes.settle(channel, now_ms());
  ++sink.loading;
  outbox_->read_waiting_of(sink.url, channel, load_reports_max,
                           [this, &sink, channel](outcome<std::vector<delivery>> rows) {
                             loaded(sink, channel, std::move(rows));
                           });
}

void reporter::loaded(reporter_sink& sink, channel_number channel,
                      outcome<std::vector<delivery>> rows) {
  --sink.loading;
  report_lane& lane = sink.lanes.lane(channel);
  lane.loading = false;
  if (!rows && !lane.forgotten) {
    lane.stored = true;
    hold(sink, channel, load_again_after);
  } else if (!lane.forgotten) {
    const bool more = rows->size() == load_reports_max;
    sink.lanes.fill(channel, std::move(*rows), more);
  }
  sink.lanes.settle(channel, now_ms());
  wants(sink);
}

// Whether the oldest report of the lane was too old, and ended.
bool reporter::expire_oldest(reporter_sink& sink, channel_number channel) {
  const delivery& oldest = sink.lanes.find(channel)->reports.front().of;
  constexpr std::int64_t age_max_ms = std::chrono::milliseconds{report_age_max}.count();
  if (now_ms() - oldest.created_ms <= age_max_ms ||
      std::find(retried_.begin(), retried_.end(), oldest.id) != retried_.end()) {
    return false;
  }
  const waiting_report report = sink.lanes.pop(channel);
  end(sink, channel, report.of, delivery_state::expired, report.of.last_error);
  return true;
}

void reporter::send(reporter_sink& sink, channel_number channel) {
  auto report = std::make_shared<waiting_report>(sink.lanes.pop(channel));
  sink.lanes.lane(channel).sending = true;
  sink.lanes.settle(channel, now_ms());
  const bool probe = sink.state != sink_state::open;
  ++sink.sending;
  ++(probe ? probing_ : sending_);
  if (report->of.received != steady_time{} && report->of.attempts == 0) {
    delay_seconds_.add(std::chrono::duration<double>{now() - report->of.received}.count());
  }

  exchange_request request{.post = true,
                           .url = sink.url,
                           .headers = {},
                           .content_type = "application/json",
                           .body = report->of.body,
                           .deadline = now() + send_deadline};
  request.headers.push_back({"webhook-id", report->of.webhook_id});
  request.headers.push_back(
      {"webhook-timestamp", std::to_string(tick_of(parts_.core.clock().wall()))});
  const channel_entry* entry = book_->find(channel);
  if (entry != nullptr && entry->settings.reporting_url == sink.url) {
    const auto& own = entry->settings.reporting_headers;
    request.headers.insert(request.headers.end(), own.begin(), own.end());
  }
  parts_.exchange.start(std::move(request), [this, &sink, channel, report, probe,
                                             begun = now()](const exchange_result& result) {
    sent(sink, channel, std::move(*report), probe, begun, result);
  });
}

void reporter::sent(reporter_sink& sink, channel_number channel, waiting_report report, bool probe,
                    steady_time begun, const exchange_result& result) {
  --sink.sending;
  --(probe ? probing_ : sending_);
  report_lane& lane = sink.lanes.lane(channel);
  lane.sending = false;
  ++report.of.attempts;
  const unsigned status = result ? result->status : 0;
  const std::string why = result ? "answered " + std::to_string(status) : result.error().what;
  if (status >= 200 && status < 300) {
    send_seconds_.add(std::chrono::duration<double>{now() - begun}.count());
    lane.refusals = 0;
    succeed(sink);
    end(sink, channel, report.of, delivery_state::delivered, {});
  } else if (status == 410) {
    ++sends_failed_;
    disable(sink);
    end(sink, channel, report.of, delivery_state::sink_disabled, "the sink answered 410");
  } else if (speaks_of_the_report(status)) {
    succeed(sink);
    const auto span = back_off(++lane.refusals);
    if (!lane.forgotten && sink.state != sink_state::disabled) hold(sink, channel, span);
    missed(sink, channel, std::move(report), why, now() + span);
  } else {
    fail(sink, probe, why,
         result ? asked_to_wait(*result, parts_.core.clock().wall()) : std::chrono::seconds{0});
    missed(sink, channel, std::move(report), why, sink.probe_at);
  }
  if (draining_) return finish_drain();
  wants(sink);
}

// The report goes on waiting.
void reporter::missed(reporter_sink& sink, channel_number channel, waiting_report report,
                      std::string_view why, steady_time again) {
  ++sends_failed_;
  std::erase(retried_, report.of.id);
  report_lane& lane = sink.lanes.lane(channel);
  if (!lane.forgotten) {
    if (sink.state == sink_state::disabled) {
      return end(sink, channel, report.of, delivery_state::sink_disabled, why);
    }
    report.of.last_error = why;
    report.of.next_attempt_ms =
        now_ms() + std::chrono::duration_cast<std::chrono::milliseconds>(again - now()).count();
    ++lane.unrecorded;
    outcomes_.add({{.id = report.of.id,
                    .state = delivery_state::waiting,
                    .attempts = report.of.attempts,
                    .next_attempt_ms = report.of.next_attempt_ms,
                    .last_error = report.of.last_error},
                   &sink,
                   channel});
    tell(report.of, delivery_state::waiting, why);
    sink.lanes.put_back(channel, std::move(report));
    if (sink.failures > 1) sink.lanes.unload(channel);
  }
  sink.lanes.settle(channel, now_ms());
}

void reporter::end(reporter_sink& sink, channel_number channel, const delivery& report,
                   delivery_state state, std::string_view why) {
  std::erase(retried_, report.id);
  report_lane& lane = sink.lanes.lane(channel);
  if (!lane.forgotten) {
    ++lane.unrecorded;
    report_outcome made{{.id = report.id,
                         .state = state,
                         .attempts = report.attempts,
                         .next_attempt_ms = 0,
                         .last_error = std::string{why}},
                        &sink,
                        channel};
    if (state == delivery_state::delivered) {
      made.delivered = {report.channel_name, report.time, parts_.core.clock().wall()};
    }
    outcomes_.add(std::move(made));
    tell(report, state, why);
  }
  sink.lanes.settle(channel, now_ms());
}

}  // namespace reprise
