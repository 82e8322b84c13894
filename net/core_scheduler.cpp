#include "net/core_scheduler.hpp"

#include <algorithm>

namespace reprise {

void core_scheduler::post(task run) {
  net::post(io_, std::move(run));
}

timer_id core_scheduler::at(steady_time when, task run) {
  const std::uint64_t number = next_++;
  timers_.emplace(key{when, number}, std::move(run));
  when_.emplace(number, when);
  if (when < wake_at_) wait();
  return {number};
}

// The system's timer is not turned back for a cancelled one: it then wakes once in vain.
void core_scheduler::cancel(timer_id cancelled) {
  const auto found = when_.find(cancelled.number);
  if (found == when_.end()) return;
  timers_.erase(key{found->second, cancelled.number});
  when_.erase(found);
}

void core_scheduler::wait() {
  wake_at_ = timers_.begin()->first.first;
  wake_.expires_at(wake_at_);
  wake_.async_wait([this](error_code stopped) {
    if (!stopped) run_due();
  });
}

void core_scheduler::run_due() {
  wake_at_ = steady_time::min();  // so that at() leaves the waiting to the end of this function
  // Timers that these ones add for now wait until the io_context has had its turn.
  const key last{clock_.steady(), next_};
  while (!timers_.empty() && timers_.begin()->first < last) {
    auto due = timers_.extract(timers_.begin());
    when_.erase(due.key().second);
    due.mapped()();
  }
  wake_at_ = steady_time::max();
  if (!timers_.empty()) wait();
}

}  // namespace reprise
