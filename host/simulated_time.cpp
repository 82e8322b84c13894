#include "host/simulated_time.hpp"

#include <algorithm>

#include "host/match/assert.hpp"

namespace reprise {

simulated_scheduler::simulated_scheduler(wall_time begin) {
  clock_.offset = begin.time_since_epoch() - clock_.now.time_since_epoch();
}

void simulated_scheduler::post(task run) {
  add(clock_.now, std::move(run));
}

timer_id simulated_scheduler::at(steady_time when, task run) {
  return {add(std::max(when, clock_.now), std::move(run))};
}

void simulated_scheduler::cancel(timer_id cancelled) {
  const auto found = when_.find(cancelled.number);
  if (found == when_.end()) return;
  tasks_.erase(key{found->second, cancelled.number});
  when_.erase(found);
}

std::uint64_t simulated_scheduler::add(steady_time when, task run) {
  const std::uint64_t number = next_++;
  tasks_.emplace(key{when, number}, std::move(run));
  when_.emplace(number, when);
  return number;
}

void simulated_scheduler::run_until(steady_time moment) {
  REPRISE_ASSERT(moment >= clock_.now);
  while (!tasks_.empty() && tasks_.begin()->first.first <= moment) {
    auto next = tasks_.extract(tasks_.begin());
    when_.erase(next.key().second);
    clock_.now = next.key().first;
    next.mapped()();
  }
  clock_.now = moment;
}

void simulated_executor::post(task run) {
  free_ = std::max(free_, time_.clock().steady()) + delay_;
  (void)time_.at(free_, [this, given = generation_, run = std::move(run)] {
    if (given == generation_) run();
  });
}

}  // namespace reprise
