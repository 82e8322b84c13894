#include "host/match/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace reprise {
namespace {

class counting_task final : public worker_task {
 public:
  void work(unsigned worker) override {
    workers_seen.fetch_or(1u << worker);
    while (claimed.fetch_add(1) < 1000) done.fetch_add(1);
  }
  std::atomic<int> claimed{0}, done{0};
  std::atomic<unsigned> workers_seen{0};
};

TEST(WorkerPool, RunsEveryWorkerOnceAndReturnsWhenAllAreDone) {
  worker_pool pool{4};
  for (int round = 0; round < 200; ++round) {
    counting_task task;
    pool.run(task);
    ASSERT_EQ(task.done.load(), 1000);
    ASSERT_EQ(task.workers_seen.load(), 0b1111u);
  }
}

TEST(WorkerPool, OfOneWorksOnTheCallersThread) {
  worker_pool pool{1};
  counting_task task;
  pool.run(task);
  EXPECT_EQ(pool.count(), 1u);
  EXPECT_EQ(task.workers_seen.load(), 1u);
}

}  // namespace
}  // namespace reprise
