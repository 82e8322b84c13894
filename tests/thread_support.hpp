// What the system says of a thread's priority.
//
// Threads  any but the thread that is asked about
#pragma once

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>

#include "host/worker_thread.hpp"

namespace reprise {

struct seen_priority {
  int policy = 0;
  int nice = 0;
  [[nodiscard]] bool is_lowest() const noexcept { return policy == SCHED_IDLE || nice == 19; }
};

inline seen_priority priority_of(worker_thread& thread) {
  std::promise<seen_priority> told;
  thread.post([&told] {
    told.set_value(
        {::sched_getscheduler(0), ::getpriority(PRIO_PROCESS, static_cast<::id_t>(::gettid()))});
  });
  return told.get_future().get();
}

}  // namespace reprise
