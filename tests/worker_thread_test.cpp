// A thread of lowest priority is one that the system runs where nothing else wants the processor.
#include <gtest/gtest.h>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>

#include "host/worker_thread.hpp"

namespace reprise {
namespace {

struct seen_priority {
  int policy = 0;
  int nice = 0;
};

seen_priority priority_of(worker_thread& thread) {
  std::promise<seen_priority> told;
  thread.post([&told] {
    told.set_value(
        {::sched_getscheduler(0), ::getpriority(PRIO_PROCESS, static_cast<::id_t>(::gettid()))});
  });
  return told.get_future().get();
}

TEST(WorkerThread, RunsAtTheLowestPriorityWhereItIsAskedTo) {
  worker_thread lowest{"lowest", thread_priority::lowest};
  const seen_priority seen = priority_of(lowest);
  EXPECT_TRUE(seen.policy == SCHED_IDLE || seen.nice == 19) << seen.policy << " " << seen.nice;
}

TEST(WorkerThread, RunsAsItsMakerDoesElse) {
  worker_thread normal{"normal"};
  const seen_priority seen = priority_of(normal);
  EXPECT_EQ(seen.policy, ::sched_getscheduler(0));
  EXPECT_EQ(seen.nice, ::getpriority(PRIO_PROCESS, 0));
}

}  // namespace
}  // namespace reprise
