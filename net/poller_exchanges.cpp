#include <algorithm>
#include <memory>
#include <utility>

#include "host/report_text.hpp"
#include "net/poller.hpp"
#include "net/source_answer.hpp"

namespace reprise {

void poller::ask(polled_channel& of, bool probing) {
  const steady_time now = clock_.now();
  of.busy = true;
  of.probing = probing;
  of.discard = false;
  of.flight = ++flights_;
  of.asked = now;
  of.deadline = now + options_.deadline;
  // A probe ends in time for the tick's own poll.
  if (probing) of.deadline = std::min(of.deadline, of.own_poll - std::chrono::milliseconds{1});
  arm(of, poll_action::overdue, of.deadline + overdue_after);
  ++figures_.in_flight;
  exchange_request request;
  request.url = of.entry->settings.source_url;
  request.headers = of.entry->settings.source_headers;
  request.deadline = of.deadline;
  parts_.exchange.start(std::move(request),
                        [this, alive = std::weak_ptr{alive_}, number = of.entry->number,
                         flight = of.flight](const exchange_result& result) {
                          if (!alive.expired()) ended(number, flight, result);
                        });
}

// The channel may be gone, changed or made anew since it was asked.
void poller::ended(channel_number channel, std::uint64_t flight, const exchange_result& result) {
  --figures_.in_flight;
  if (drained_ && figures_.in_flight == 0) parts_.core.post(std::exchange(drained_, nullptr));
  observe();
  const auto found = channels_.find(channel);
  if (found != channels_.end() && found->second.channel.flight == flight) {
    polled_channel& of = found->second.channel;
    of.busy = false;
    if (!of.discard) {  // else whatever it waits for is armed
      of.action = poll_action::none;
      of.probing ? probe_ended(of, result) : own_poll_ended(of, result);
    }
  }
  arm_timer();
}

void poller::probe_ended(polled_channel& of, const exchange_result& result) {
  const source_reading reading = read_source_answer(result, clock_.tick(), of.deadline);
  ++figures_.probes[static_cast<std::size_t>(reading.reason)];
  if (reading.reason == gap_reason::none) {
    of.phase.probe_answer({of.asked, reading.received, reading.bits});
  } else {
    of.phase.probe_failed();
  }
  plan(of, true);
}

void poller::own_poll_ended(polled_channel& of, const exchange_result& result) {
  const source_reading reading = read_source_answer(result, of.next_tick, of.deadline);
  figures_.poll_seconds.add(std::chrono::duration<double>(clock_.now() - of.asked).count());
  ++figures_.polls[static_cast<std::size_t>(reading.reason)];
  if (reading.reason != gap_reason::none) {
    fail(of, reading.reason, reading.what);
    return plan(of, true);
  }
  of.failures.succeeded();
  of.entry->last_error.clear();
  show_health(of, source_health::live, false);
  if (reading.frame_time) {
    take_frame(of, reading);
  } else {
    take(of, reading);
  }
  if (of.action == poll_action::none) plan(of, true);
}

// Without X-Frame-Time the time is the tick in which it was asked.
void poller::take(polled_channel& of, const source_reading& reading) {
  of.frame_timed = false;
  const steady_time start = clock_.start_of(of.next_tick);
  const std::optional<steady_time> again =
      of.phase.own_answer({of.asked, reading.received, reading.bits}, start);
  if (again && !draining_) return arm(of, poll_action::own_poll, *again);
  hand_on(of, of.next_tick, gap_reason::none, &reading);
  ++of.next_tick;
}

void poller::take_frame(polled_channel& of, const source_reading& reading) {
  const std::int64_t frame = *reading.frame_time;
  of.frame_timed = true;
  of.frame_lag = frame - of.next_tick;
  if (of.newest && frame <= *of.newest) {
    const steady_time again = clock_.now() + frame_repeat_step;
    const steady_time end = clock_.start_of(of.next_tick + 1) - phase_tracker::tick_end_guard;
    const bool allowed = of.frame_repeats < frame_repeats_max &&
                         of.frame_credit >= frame_repeat_price && again < end && !draining_;
    if (!allowed) return end_with_gap(of, gap_reason::late);
    ++of.frame_repeats;
    of.frame_credit -= frame_repeat_price;
    return arm(of, poll_action::own_poll, again);
  }
  // Seconds that the source has left out; those before its start are nobody's.
  std::int64_t missing = behind_outage(std::max(of.newest ? *of.newest + 1 : frame, of.first_tick));
  for (int told = 0; missing < frame && told < missed_told_max; ++told) {
    hand_on(of, missing, gap_reason::late, nullptr);
    missing = behind_outage(missing + 1);
  }
  hand_on(of, frame, gap_reason::none, &reading);
  of.frame_repeats = 0;
  of.frame_credit = std::min(of.frame_credit + 1, 8 * frame_repeat_price);
  ++of.next_tick;
}

void poller::fail(polled_channel& of, gap_reason reason, std::string what) {
  of.failures.failed(reason, of.next_tick);
  of.phase.own_failed();
  of.entry->last_error = std::move(what);
  end_with_gap(of, reason);
  show_health(of, of.failures.health(), of.failures.circuit_open());
}

void poller::show_health(polled_channel& of, source_health health, bool circuit_open) {
  channel_entry& entry = *of.entry;
  if (entry.health == health && entry.circuit_open == circuit_open) return;
  entry.health = health;
  entry.circuit_open = circuit_open;
  const bool bad = health == source_health::slow || health == source_health::down;
  if (health != source_health::pending) {
    parts_.log(bad ? log_level::warning : log_level::info, "a source changed its state",
               {{"channel", entry.name},
                {"state", std::string{state_of(entry)}},
                {"circuit", entry.circuit_open ? "open" : "closed"},
                {"error", entry.last_error}});
  }
  if (parts_.events.heard()) parts_.events.publish({"channel", entry.name, channel_event(entry)});
}

}  // namespace reprise
