// What waits for a disk that is full, is given up, or comes back.
#include "host/disk_queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "host/simulated_time.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class DiskQueue : public testing::Test {
 protected:
  DiskQueue() {
    disk_queue<int>::hooks told;
    told.weight = [](int) { return std::size_t{1}; };
    told.store_later = [this](const std::vector<int>&) {
      return [this]() -> outcome<void> { return write(); };
    };
    told.stored = [this](int item) { said_ += "stored " + std::to_string(item) + "; "; };
    told.given_up = [this](int item) { said_ += "gave up " + std::to_string(item) + "; "; };
    told.fatal = [this](const failure&) { said_ += "lost; "; };
    told.fault_begun = [this](const failure&) { said_ += "fault; "; };
    told.fault_over = [this] { said_ += "over; "; };
    told.emptied = [this] { said_ += "empty; "; };
    queue_ = std::make_unique<disk_queue<int>>(
        time_, disk_, disk_bounds{.items_max = 4, .wait_max = 3s}, std::move(told));
  }
  outcome<void> write() const {
    if (fault_) return failure{*fault_, "as told"};
    return {};
  }
  void run(bool must) {
    queue_->run([this] { return write(); },
                [this](const outcome<void>& ended) { said_ += ended ? "ran; " : "refused; "; },
                must);
  }
  std::string said() { return std::exchange(said_, {}); }

  simulated_scheduler time_{start_of_tick(1'700'000'000)};
  simulated_executor disk_{time_, 1ms};
  std::optional<errc> fault_;
  std::string said_;
  std::unique_ptr<disk_queue<int>> queue_;
};

TEST_F(DiskQueue, StoresInOrderWithTheWritesBetween) {
  queue_->add(1);
  run(false);
  queue_->add(2);
  time_.run_for(1s);
  EXPECT_EQ(said(), "stored 1; ran; stored 2; ");
  EXPECT_TRUE(queue_->is_idle());
}

TEST_F(DiskQueue, TellsOnceThatAFaultBeginsAndOnceThatItIsOver) {
  fault_ = errc::storage_full;
  queue_->add(1);
  time_.run_for(2500ms);
  EXPECT_EQ(said(), "fault; ");
  run(false);
  time_.run_for(1ms);
  EXPECT_EQ(said(), "refused; ");
  fault_.reset();
  time_.run_for(1s);
  EXPECT_EQ(said(), "over; stored 1; ");
  EXPECT_FALSE(queue_->fault());
}

TEST_F(DiskQueue, IsNoLongerFaultedWhenAllThatWaitedIsGivenUp) {
  fault_ = errc::storage_full;
  queue_->add(1);
  time_.run_for(10s);
  EXPECT_EQ(said(), "fault; gave up 1; over; empty; ");
  EXPECT_FALSE(queue_->fault());
  fault_.reset();
  run(false);
  time_.run_for(1s);
  EXPECT_EQ(said(), "ran; ");
}

TEST_F(DiskQueue, GivesUpTheOldestBeyondItsBound) {
  fault_ = errc::io_failed;
  for (int i = 0; i < 6; ++i) {
    queue_->add(i);
    time_.run_for(10ms);
  }
  EXPECT_EQ(said(), "fault; gave up 0; gave up 1; ");
}

TEST_F(DiskQueue, TriesAWriteThatMustSucceedUntilItDoes) {
  fault_ = errc::storage_full;
  run(true);
  time_.run_for(20s);
  EXPECT_EQ(said(), "fault; ");
  fault_.reset();
  time_.run_for(1s);
  EXPECT_EQ(said(), "over; ran; ");
}

TEST_F(DiskQueue, RefusesAllWritesOnceTheDiskIsLost) {
  fault_ = errc::storage_lost;
  run(false);
  time_.run_for(1s);
  EXPECT_EQ(said(), "lost; fault; refused; ");
  run(false);
  time_.run_for(1s);
  EXPECT_EQ(said(), "refused; ");
  EXPECT_TRUE(queue_->fault());
}

}  // namespace
}  // namespace reprise
