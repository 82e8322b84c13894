// How the queue of jobs starts.
#include "tests/job_queue_support.hpp"

namespace reprise {
namespace {

class JobQueueStart : public job_queue_fixture {
 protected:
  JobQueueStart() { EXPECT_TRUE(open()); }
  outcome<std::vector<job>> start() {
    return ask<std::vector<job>>([](auto& on, auto told) { on.start(told); });
  }
};

TEST_F(JobQueueStart, ChangesNothingUntilItWasStarted) {
  ASSERT_TRUE(put("running"));
  (void)take_one();
  make_queue();
  EXPECT_EQ(put("a").error().code, errc::loading);
  disk_.fail(disk_operation::write, 1, 100);
  ASSERT_FALSE(start());
  EXPECT_EQ(put("a").error().code, errc::io_failed);
  disk_.fail(disk_operation::write, 1, 0);
  ASSERT_TRUE(start());
  EXPECT_TRUE(put("a"));
}

TEST_F(JobQueueStart, StandsWhereAnotherThatCameWithItFails) {
  ASSERT_TRUE(put("running"));
  (void)take_one();
  make_queue();
  std::vector<bool> started;
  const auto told = [&](const outcome<std::vector<job>>& ended) {
    started.push_back(ended.has_value());
  };
  queue_->start(told);
  writer_.post([this] {  // so that the second one has something to write
    EXPECT_TRUE(file_->write([](jobs_writing& on) {
      return on.db.execute("update jobs set status = 1, turn = null, take = 2, due = 0");
    }));
    disk_.fail(disk_operation::write, 1, 100);
  });
  queue_->start(told);
  time_.run_ready();
  disk_.fail(disk_operation::write, 1, 0);
  EXPECT_EQ(started, (std::vector<bool>{true, false}));
  EXPECT_TRUE(put("a"));
}

}  // namespace
}  // namespace reprise
