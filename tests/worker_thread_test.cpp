// A thread of lowest priority is one that the system runs where nothing else wants the processor.
#include <gtest/gtest.h>

#include "tests/thread_support.hpp"

namespace reprise {
namespace {

TEST(WorkerThread, RunsAtTheLowestPriorityWhereItIsAskedTo) {
  worker_thread lowest{"lowest", thread_priority::lowest};
  const seen_priority seen = priority_of(lowest);
  EXPECT_TRUE(seen.is_lowest()) << seen.policy << " " << seen.nice;
}

TEST(WorkerThread, RunsAsItsMakerDoesElse) {
  worker_thread normal{"normal"};
  const seen_priority seen = priority_of(normal);
  EXPECT_EQ(seen.policy, ::sched_getscheduler(0));
  EXPECT_EQ(seen.nice, ::getpriority(PRIO_PROCESS, 0));
}

}  // namespace
}  // namespace reprise
