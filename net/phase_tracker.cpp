#include "net/phase_tracker.hpp"

#include <algorithm>
#include <cmath>

namespace reprise {
namespace {

// A wider bracket says too little.
constexpr double bracket_width_max = 0.35;
constexpr double search_step = 0.17;
constexpr int searches_hopeful_max = 3;
// Where drift may have carried the grid so far, a ladder would miss it.
constexpr double ladder_doubt_max = 0.15;
constexpr double ladder_lead = 0.04;
constexpr double ladder_lead_more = 0.1;  // for each ladder that began too late
constexpr int ladders_late_max = 3;
constexpr int ladders_open_max = 2;      // that showed nothing, before a search
constexpr int ladder_interval_open = 8;  // after the first of them, in ticks
// Changes that came only after the own poll, before the estimate is given up.
constexpr int late_changes_max = 2;
// A tick asks later than it could, up to this, before a second of the source is given up: noise
// of the estimate must not make it jump to and fro.
constexpr double hysteresis = 0.3;
constexpr double repeat_step = 0.08;
// One own poll in so many may be repeated, in the long run; some of them in a row.
constexpr int repeat_price = 32;
constexpr int repeat_credit_max = 8 * repeat_price;
// Brackets are gathered at each tick until there are so many, then ever less often.
constexpr std::size_t brackets_quick = 6;

}  // namespace

double phase_tracker::seconds(steady_time moment) const noexcept {
  return std::chrono::duration<double>(moment - *beginning_).count();
}

steady_time phase_tracker::moment(double seconds) const noexcept {
  return *beginning_ + std::chrono::nanoseconds{std::llround(seconds * 1e9)};
}

std::optional<steady_time> phase_tracker::plan(steady_time tick_start) {
  if (!known()) return tick_start + spread_;
  const double start = seconds(tick_start);
  const double phase = changes_.ask_phase(changes_.nearest(start));
  const double zone = changes_.end_phase(changes_.nearest(start)) - phase;
  const double late_max = std::clamp(zone, 0.0, hysteresis);
  const auto reachable = static_cast<std::int64_t>(std::ceil(start - late_max - phase));
  // Ahead of what can be read: a number of an older estimate.
  read_index_ = std::min(read_index_, reachable);
  // What was missed anyway is no reason to ask late: then the best moment is free to choose.
  planned_index_ = read_index_ + 1 >= reachable
                       ? read_index_ + 1
                       : static_cast<std::int64_t>(std::ceil(start - phase));
  const double wanted = static_cast<double>(planned_index_) + phase + std::min(zone, 0.0) / 2;
  const double guard = std::chrono::duration<double>(tick_end_guard).count();
  if (wanted > start + 1 - guard) return std::nullopt;
  return std::max(tick_start, moment(wanted));
}

std::optional<steady_time> phase_tracker::next_probe(steady_time now, steady_time own_poll) {
  if (!beginning_) return std::nullopt;
  const double own = seconds(own_poll);
  if (!probing_) begin_series(seconds(now), own);
  if (!probing_) return std::nullopt;
  const double room = 0.01 + 1.2 * answer_delay_;
  const double when = std::max(seconds(now), probes_.next);
  if (probes_.left > 0 && when + room <= own) return std::max(now, moment(when));
  probes_.left = 0;
  return std::nullopt;
}

void phase_tracker::begin_series(double now, double own_poll) {
  // A picture that stands still says nothing, but at first nobody knows that it does.
  const bool hopeful = changing_ || (!known() && searches_failed_ < searches_hopeful_max);
  if (!hopeful || answers_ < next_series_ || answers_ == 0) return;
  series made;
  made.searching =
      !known() || changes_.doubt(now) > ladder_doubt_max || ladders_open_ >= ladders_open_max;
  if (made.searching) {
    if (now > content_asked_ + 2 * search_step) return;  // part of the second is gone
    made.left = search_probes_max;
    made.step = search_step;
    made.next = content_asked_ + made.step;
  } else {
    const auto change = static_cast<double>(planned_index_);
    const double ahead = ladder_lead + ladder_lead_more * ladders_late_;
    const double from = change + changes_.first_phase(planned_index_) - ahead;
    if (from < now) return;
    made.left = ladder_probes_max;
    made.step = (own_poll - from) / (ladder_probes_max + 1);
    // Ladders do not all have their rungs at the same phases.
    const double turn = static_cast<double>(changes_.newest() % 16) * 0.618;
    made.next = from + made.step * (turn - std::floor(turn));
  }
  probes_ = made;
  probing_ = true;
}

// found: the change is between two polls. late: it was there before the first probe. open: the own
// poll came, and nothing is known.
void phase_tracker::end_series(ending how) {
  if (!probing_) return;
  probing_ = false;
  if (how == ending::found) {
    searches_failed_ = ladders_late_ = ladders_open_ = 0;
    int interval = 1;
    for (std::size_t i = brackets_quick; i <= changes_.size(); ++i) interval *= 2;
    next_series_ = answers_ + std::min(interval, ladder_interval_max);
    return;
  }
  if (probes_.searching) {
    // The first ones follow each other, where nothing is known.
    searches_failed_ = std::min(searches_failed_ + 1, 10);
    const int interval = (1 << searches_failed_) >> searches_hopeful_max;
    const int least = known() ? ladder_interval_open : 0;
    next_series_ = answers_ + std::clamp(interval, least, search_interval_max);
  } else if (how == ending::open) {
    const int interval = ladder_interval_open << std::min(ladders_open_++, 4);
    next_series_ = answers_ + std::min(interval, ladder_interval_max);
  } else if (++ladders_late_ > ladders_late_max) {
    forget();
  }
}

void phase_tracker::forget() {
  changes_.forget();
  ladders_late_ = ladders_open_ = late_changes_ = 0;
  next_series_ = answers_;
}

phase_tracker::seen phase_tracker::note(const poll_answer& answer) {
  if (!beginning_) beginning_ = answer.asked;
  const double asked = seconds(answer.asked);
  const double received = seconds(answer.received);
  answer_delay_ = std::max(received - asked, 0.98 * answer_delay_);
  if (own_ && answer.bits == content_) {
    content_asked_ = asked;
    return seen::same;
  }
  const double stood = content_asked_;
  const bool first = !own_;
  content_ = answer.bits;
  content_asked_ = asked;
  if (first) return seen::first;
  if (received - stood > bracket_width_max) return seen::change;
  bracket_index_ = changes_.add(stood, received);
  return seen::bracket;
}

void phase_tracker::probe_answer(const poll_answer& answer) {
  switch (note(answer)) {
    case seen::first:
      break;
    case seen::same:
      --probes_.left;
      probes_.next += probes_.step;
      break;
    case seen::bracket:
      read_index_ = bracket_index_ - 1;
      late_changes_ = 0;
      end_series(ending::found);
      break;
    case seen::change:
      end_series(ending::late);
      break;
  }
}

void phase_tracker::probe_failed() {
  --probes_.left;
  probes_.next += probes_.step;
}

bool phase_tracker::may_repeat(const poll_answer& answer, steady_time tick_start) const {
  if (!known() || !changing_ || answer.bits != *own_) return false;
  if (repeats_ >= repeats_max || repeat_credit_ < repeat_price) return false;
  const double again = std::max(seconds(answer.received), seconds(answer.asked) + repeat_step);
  const double guard = std::chrono::duration<double>(tick_end_guard).count();
  return again < seconds(tick_start) + 1 - guard;
}

void phase_tracker::own_failed() {
  read_index_ = planned_index_;
  repeats_ = 0;
  end_series(ending::open);
}

std::optional<steady_time> phase_tracker::own_answer(const poll_answer& answer,
                                                     steady_time tick_start) {
  const seen what = note(answer);
  if (what == seen::bracket) planned_index_ = bracket_index_;
  if (what != seen::first && may_repeat(answer, tick_start)) {
    ++repeats_;
    repeat_credit_ -= repeat_price;
    return std::max(answer.received, moment(seconds(answer.asked) + repeat_step));
  }
  const bool late_change = repeats_ > 0 && answer.bits != *own_;
  repeats_ = 0;
  repeat_credit_ = std::min(repeat_credit_ + 1, repeat_credit_max);
  ++answers_;
  changing_ = what == seen::first || answer.bits != *own_;
  own_ = answer.bits;
  read_index_ = planned_index_;
  end_series(what == seen::bracket ? ending::found : ending::open);
  if (late_change) next_series_ = answers_;
  if (late_change && ++late_changes_ >= late_changes_max) forget();
  return std::nullopt;
}

}  // namespace reprise
