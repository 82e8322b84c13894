#include <algorithm>
#include <cstddef>

#include "net/poller.hpp"

namespace reprise {

void poller::run(polled_channel& of) {
  if (draining_ && of.action != poll_action::overdue) return;
  switch (of.action) {
    case poll_action::none:  // there was no memory for what its answer led to
      if (!of.busy) plan(of);
      return;
    case poll_action::begin:
      return begin(of);
    case poll_action::own_poll:
      return run_own_poll(of);
    case poll_action::overdue:
      return give_up(of);
    case poll_action::probe:
      return run_probe(of);
    case poll_action::circuit:
    case poll_action::drift:
      break;
  }
  if (clock_.tick() == of.next_tick) {
    end_with_gap(of, of.action == poll_action::drift ? gap_reason::drift : gap_reason::circuit);
  }
  plan(of);
}

// The first poll leaves at once, in the tick that is there: thousands of new channels are spread
// over the second by the moments at which they begin.
void poller::begin(polled_channel& of) {
  if (of.busy) return arm(of, poll_action::begin, clock_.now() + overdue_after);
  of.next_tick = of.first_tick =
      std::max(clock_.tick(), of.newest ? *of.newest + 1 : clock_.tick());
  const steady_time end = clock_.start_of(of.next_tick + 1) - phase_tracker::tick_end_guard;
  if (of.next_tick == clock_.tick() && clock_.now() < end) {
    of.own_poll = of.planned = clock_.now();
    return run_own_poll(of);
  }
  if (of.next_tick == clock_.tick()) of.first_tick = ++of.next_tick;
  plan(of);
}

void poller::catch_up(polled_channel& of) {
  of.next_tick = behind_outage(of.next_tick);
  for (int told = 0; of.next_tick < clock_.tick(); ++told) {
    // Only a source that hangs beyond its deadline, while the process stands still, gets there.
    if (told == missed_told_max) of.next_tick = clock_.tick() - 1;
    end_with_gap(of, missed_as_);
    of.next_tick = behind_outage(of.next_tick);
  }
}

std::int64_t poller::behind_outage(std::int64_t tick) const {
  const bool inside = outage_ && tick >= outage_->start && tick <= outage_->end;
  return inside ? outage_->end + 1 : tick;
}

void poller::plan(polled_channel& of, bool after_exchange) {
  if (draining_ || !of.active) return;
  catch_up(of);
  for (;;) {
    const steady_time start = clock_.start_of(of.next_tick);
    if (!of.failures.asks_at(of.next_tick)) {
      return arm(of, poll_action::circuit, start + of.spread);
    }
    const std::optional<steady_time> own =
        of.frame_timed ? start + of.spread : of.phase.plan(start);
    if (!own) return arm(of, poll_action::drift, start + of.spread);
    const steady_time now = clock_.now();
    const steady_time latest = after_exchange
                                   ? start + std::chrono::seconds{1} - phase_tracker::tick_end_guard
                                   : *own + ask_late_max;
    if (now > latest) {
      end_with_gap(of, missed_as_);
      continue;
    }
    of.own_poll = *own;
    if (!of.frame_timed && !of.busy) {
      const std::optional<steady_time> probe = of.phase.next_probe(now, *own);
      if (probe) return arm(of, poll_action::probe, *probe);
    }
    return arm(of, poll_action::own_poll, std::max(now, *own));
  }
}

void poller::run_probe(polled_channel& of) {
  constexpr std::chrono::milliseconds room{5};  // else it could not end before the own poll
  if (clock_.now() > of.planned + ask_late_max) return plan(of);
  if (of.busy || clock_.now() + room > of.own_poll) {
    return arm(of, poll_action::own_poll, of.own_poll);
  }
  ask(of, true);
}

void poller::run_own_poll(polled_channel& of) {
  // The clocks have slid against each other since it was planned.
  if (clock_.tick() < of.next_tick) {
    return arm(
        of, poll_action::own_poll,
        std::max(clock_.start_of(of.next_tick), clock_.now() + std::chrono::microseconds{10}));
  }
  if (clock_.tick() > of.next_tick) return plan(of);
  const bool full = figures_.in_flight >= options_.in_flight_max;
  if (full || of.busy || clock_.now() > of.planned + ask_late_max) {
    end_with_gap(of, full ? gap_reason::overload : gap_reason::late);
    return plan(of);
  }
  figures_.lateness.add(std::chrono::duration<double>(clock_.now() - of.planned).count());
  ask(of, false);
}

// The exchange has not kept its deadline: its tick ends here, and it stays alone until it ends.
void poller::give_up(polled_channel& of) {
  of.discard = true;
  if (of.probing) {
    of.phase.probe_failed();
  } else {
    ++figures_.polls[static_cast<std::size_t>(gap_reason::timeout)];
    fail(of, gap_reason::timeout, "no answer before the deadline");
  }
  of.action = poll_action::none;
  plan(of);
}

// A source with X-Frame-Time counts its own seconds: one is missing only when the source, as far
// behind as it was last, should have had it by now.
void poller::end_with_gap(polled_channel& of, gap_reason reason) {
  const std::int64_t tick = of.next_tick++;
  of.frame_repeats = 0;
  const bool unasked = reason == gap_reason::late || reason == gap_reason::clock ||
                       reason == gap_reason::drift || reason == gap_reason::overload ||
                       reason == gap_reason::circuit;
  if (unasked) ++figures_.missed[static_cast<std::size_t>(reason)];
  if (!of.frame_timed || !of.newest) return hand_on(of, tick, reason, nullptr);
  const std::int64_t missing = behind_outage(*of.newest + 1);
  if (missing <= tick + of.frame_lag) hand_on(of, missing, reason, nullptr);
}

// Behind a start of the service that is a part of its downtime. A source that is behind shows
// seconds of before first.
void poller::end_owed(polled_channel& of, std::int64_t before) {
  if (before < *of.owed_from) return;
  std::int64_t tick = behind_outage(std::max(*of.owed_from, before - owed_told_max));
  of.owed_from.reset();
  for (; tick < before; tick = behind_outage(tick + 1)) {
    if (of.newest && tick <= *of.newest) continue;
    ++figures_.missed[static_cast<std::size_t>(of.owed_as)];
    hand_on(of, tick, of.owed_as, nullptr);
  }
}

void poller::hand_on(polled_channel& of, std::int64_t time, gap_reason reason,
                     const source_reading* reading) {
  if (of.newest && time <= *of.newest) return;
  if (of.owed_from) end_owed(of, time);
  of.newest = time;
  arrival made;
  made.channel = of.entry->number;
  made.time = time;
  made.reason = reason;
  made.received = clock_.now();
  if (reading != nullptr) {
    made.bits = reading->bits;
    made.received = reading->received;
  }
  parts_.arrivals.take(made);
}

}  // namespace reprise
