#include "host/simulated_time.hpp"

#include <gtest/gtest.h>

#include <string>

namespace reprise {
namespace {

using namespace std::chrono_literals;

class SimulatedTime : public ::testing::Test {
 protected:
  void note(std::chrono::milliseconds after, char mark) {
    (void)time_.at(time_.clock().steady() + after, [this, mark] { ran_ += mark; });
  }
  simulated_scheduler time_{start_of_tick(1'700'000'000)};
  std::string ran_;
};

TEST_F(SimulatedTime, RunsByMomentAndThenInTheOrderGiven) {
  note(20ms, 'c');
  note(10ms, 'a');
  note(10ms, 'b');
  time_.post([this] { ran_ += '0'; });
  time_.run_for(19ms);
  EXPECT_EQ(ran_, "0ab");
  time_.run_for(1ms);
  EXPECT_EQ(ran_, "0abc");
}

TEST_F(SimulatedTime, RunsWhatTasksAddWithinTheSameSpan) {
  (void)time_.at(time_.clock().steady() + 5ms, [this] { note(5ms, 'x'); });
  time_.run_for(10ms);
  EXPECT_EQ(ran_, "x");
}

TEST_F(SimulatedTime, ForgetsACancelledTask) {
  const timer_id timer = time_.at(time_.clock().steady() + 1ms, [this] { ran_ += 'x'; });
  time_.cancel(timer);
  time_.cancel(timer);
  time_.run_for(1s);
  EXPECT_EQ(ran_, "");
}

TEST_F(SimulatedTime, MovesTheWallClockAlongAndStepsItAlone) {
  time_.run_for(1500ms);
  EXPECT_EQ(tick_of(time_.clock().wall()), 1'700'000'001);
  const steady_time before = time_.clock().steady();
  time_.step_wall(-2s);
  EXPECT_EQ(tick_of(time_.clock().wall()), 1'699'999'999);
  EXPECT_EQ(time_.clock().steady(), before);
}

TEST_F(SimulatedTime, GivesAnExecutorItsDelayForEachTask) {
  simulated_executor disk{time_, 10ms};
  disk.post([this] { ran_ += 'a'; });
  disk.post([this] { ran_ += 'b'; });
  time_.run_for(19ms);
  EXPECT_EQ(ran_, "a");
  disk.abandon();
  time_.run_for(1s);
  EXPECT_EQ(ran_, "a");
}

}  // namespace
}  // namespace reprise
