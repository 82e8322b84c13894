// Where work runs: executors take tasks and run them one after the other, schedulers also at a
// given time.
//
// Errors   none; a task must not throw
// Threads  post() from any thread; tasks of one executor never run at once, and never inside
//          post(). at() and cancel() only from tasks of that very scheduler
// Owns     a task is destroyed after it ran, or with the executor
//
// In the service these are threads; in a simulated day all of them are one queue of events.
#pragma once

#include <cstdint>
#include <functional>

#include "host/clock.hpp"

namespace reprise {

using task = std::function<void()>;

class executor {
 public:
  virtual ~executor() = default;
  virtual void post(task run) = 0;  // in the order of the calls
};

struct timer_id {
  std::uint64_t number = 0;  // 0: none
};

class scheduler : public executor {
 public:
  // Runs once, at that moment or soon after it; a moment that has passed is now.
  [[nodiscard]] virtual timer_id at(steady_time when, task run) = 0;
  // Afterwards it does not run, if it has not yet. A timer that has run is ignored.
  virtual void cancel(timer_id cancelled) = 0;
  [[nodiscard]] virtual const clock_source& clock() const noexcept = 0;
};

}  // namespace reprise
