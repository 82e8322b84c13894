#include "net/poller.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace reprise {
namespace {

// Evenly over the first spread_max of the second, whatever numbers the channels have; the first
// millisecond is left to clocks that slew.
std::chrono::nanoseconds spread_of(channel_number number) {
  constexpr double golden = 0.6180339887498949;
  const double turn = static_cast<double>(number % 1'000'000) * golden;
  const double share = 0.01 + 0.98 * (turn - std::floor(turn));
  return std::chrono::nanoseconds{std::llround(
      share * static_cast<double>(std::chrono::nanoseconds{poller::spread_max}.count()))};
}

bool is_polled(const channel_entry& entry) {
  return entry.settings.enabled && !entry.settings.source_url.empty();
}

}  // namespace

poller::poller(poller_parts parts, const poller_options& options)
    : parts_{std::move(parts)}, options_{options}, clock_{parts_.core.clock()} {
  parts_.book.observe(*this);
  parts_.book.each([this](channel_entry& entry) { add(entry, clock_.tick()); });
  all_known_ = true;
  arm_timer();
}

poller::~poller() {
  parts_.core.cancel(timer_);
}

void poller::channel_added(channel_entry& entry) {
  // The second in which it was made may be over before the channel is on disk.
  add(entry, entry.created_at + 1);
}

void poller::add(channel_entry& entry, std::int64_t owed_from) {
  if (!is_polled(entry)) return;
  const auto made = channels_.try_emplace(
      entry.number, watched{{}, polled_channel{entry, spread_of(entry.number)}});
  start_channel(made.first->second, owed_from);
}

void poller::channel_changed(channel_entry& entry) {
  const auto found = channels_.find(entry.number);
  // What has passed while it was not polled is nobody's.
  if (found == channels_.end()) return add(entry, clock_.tick());
  watched& of = found->second;
  if (!is_polled(entry)) {
    if (of.channel.active) stop_channel(of.channel);
  } else if (!of.channel.active) {
    start_channel(of, clock_.tick());
  } else if (of.url != entry.settings.source_url) {
    start_channel(of, of.channel.owed_from.value_or(of.channel.newest.value_or(0) + 1));
  }
}

void poller::channel_erased(channel_entry& entry) {
  channels_.erase(entry.number);
}

// Also anew, with another source: what was known of the old one is forgotten.
void poller::start_channel(watched& of, std::int64_t owed_from) {
  polled_channel& channel = of.channel;
  channel_entry& entry = *channel.entry;
  polled_channel fresh{entry, channel.spread};
  fresh.active = true;
  fresh.newest = channel.newest;
  if (entry.newest_tick) fresh.newest = std::max(fresh.newest.value_or(0), *entry.newest_tick);
  fresh.busy = channel.busy;
  fresh.discard = channel.busy;
  fresh.flight = channel.flight;
  fresh.owed_from = owed_from;
  fresh.owed_as = all_known_ ? gap_reason::late : gap_reason::down;
  channel = fresh;
  of.url = entry.settings.source_url;
  if (channel.newest) clock_.expect(*channel.newest);
  entry.last_error.clear();
  show_health(channel, source_health::pending, false);
  arm(channel, poll_action::begin, next_start(channel));
  arm_timer();
}

// Channels known from the beginning share its first second; others come at any rate, and queue.
steady_time poller::next_start(const polled_channel& of) {
  constexpr std::chrono::nanoseconds second = std::chrono::seconds{1};
  const steady_time now = parts_.core.clock().steady();
  if (!all_known_) return now + of.spread * (second / spread_max);
  const std::chrono::nanoseconds apart = second / std::max(options_.starts_per_second_max, 1u);
  last_start_ = std::max(last_start_ + apart, now);
  return last_start_;
}

void poller::stop_channel(polled_channel& of) {
  of.active = false;
  of.discard = of.busy;
  of.action = poll_action::none;
  of.entry->last_error.clear();
  show_health(of, source_health::none, false);
}

void poller::drain(std::function<void()> drained) {
  if (!draining_) end_begun_ticks();
  draining_ = true;
  drained_ = std::move(drained);
  if (figures_.in_flight == 0) parts_.core.post(std::exchange(drained_, nullptr));
}

// Ticks that have begun and will not be asked for, or not again, are gaps.
void poller::end_begun_ticks() {
  observe();
  for (auto& [number, of] : channels_) {
    polled_channel& channel = of.channel;
    const bool asks = channel.busy && !channel.probing && !channel.discard;
    const bool has_begun = channel.active && channel.action != poll_action::begin;
    if (has_begun && !asks && channel.next_tick <= clock_.tick()) {
      end_with_gap(channel, gap_reason::down);
    }
  }
}

void poller::arm(polled_channel& of, poll_action action, steady_time when) {
  of.action = action;
  of.planned = when;
  of.armed = due_.push(when, of.entry->number);
}

// The timer also looks at the clocks once a tick.
void poller::arm_timer() {
  if (running_due_) return;
  steady_time when = clock_.start_of(clock_.tick() + 1);
  const steady_time now = parts_.core.clock().steady();
  if (when <= now || when > now + std::chrono::seconds{1}) when = now + std::chrono::seconds{1};
  if (const due_queue::entry* top = due_.top()) when = std::min(when, top->when);
  if (timer_.number != 0 && timer_at_ == when) return;
  parts_.core.cancel(timer_);
  timer_at_ = when;
  timer_ = parts_.core.at(when, [this] {
    timer_ = {};
    observe();
    run_due();
    arm_timer();
  });
}

// Ticks that have passed unserved end as gaps before anything else is done.
// Channels whose seconds count: those that are being asked.
std::uint64_t poller::asked_count() const {
  return static_cast<std::uint64_t>(
      std::count_if(channels_.begin(), channels_.end(), [](const auto& each) {
        const polled_channel& of = each.second.channel;
        return of.active && of.action != poll_action::begin;
      }));
}

void poller::observe() {
  const tick_clock::change change = clock_.look();
  if (!change.stepped && !change.skipped) return;
  if (change.stepped) {
    ++figures_.clock_steps;
    const double by = std::chrono::duration<double>(change.by).count();
    parts_.log(log_level::warning, "the wall clock stepped", {{"seconds", std::to_string(by)}});
  }
  if (change.skipped) {
    outage_ = change.skipped;
    const auto ticks = static_cast<std::uint64_t>(outage_->end - outage_->start + 1);
    figures_.missed[static_cast<std::size_t>(outage_->reason)] += ticks * asked_count();
    parts_.record(*outage_);
  }
  missed_as_ = change.stepped ? gap_reason::clock : gap_reason::late;
  for (auto& [number, of] : channels_) {
    const bool waits = of.channel.active && of.channel.action != poll_action::begin &&
                       of.channel.action != poll_action::overdue;
    if (waits) plan(of.channel);
  }
  missed_as_ = gap_reason::late;
}

// Answers that wait get their turn after each batch.
void poller::run_due() {
  running_due_ = true;
  for (int i = 0; i < due_batch_max; ++i) {
    observe();
    const due_queue::entry* top = due_.top();
    if (top == nullptr || top->when > clock_.now()) break;
    const due_queue::entry due = *top;
    due_.pop();
    const auto found = channels_.find(due.channel);
    if (found != channels_.end() && found->second.channel.armed == due.serial) {
      run(found->second.channel);
    }
  }
  running_due_ = false;
}

void poller::write_metrics(metric_writer& into) const {
  poller_figures told = figures_;
  told.in_flight_max = options_.in_flight_max;
  told.write(into, parts_.book);
}

}  // namespace reprise
