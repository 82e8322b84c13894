#include "net/core_scheduler.hpp"

#include <gtest/gtest.h>

#include <string>

namespace reprise {
namespace {

using namespace std::chrono_literals;

class CoreScheduler : public ::testing::Test {
 protected:
  timer_id note(std::chrono::milliseconds after, char mark) {
    return core_.at(core_.clock().steady() + after, [this, mark] { ran_ += mark; });
  }
  net::io_context io_;
  core_scheduler core_{io_};
  std::string ran_;
};

TEST_F(CoreScheduler, RunsPostedTasksInOrderAndNeverInsidePost) {
  core_.post([this] {
    core_.post([this] { ran_ += 'c'; });
    ran_ += 'a';
  });
  core_.post([this] { ran_ += 'b'; });
  EXPECT_EQ(ran_, "");
  io_.run();
  EXPECT_EQ(ran_, "abc");
}

TEST_F(CoreScheduler, RunsTimersByMomentWhateverTheOrderOfTheirSetting) {
  const steady_time now = core_.clock().steady();
  for (const int after : {30, 10, 20, 0, -5, 15}) {
    (void)core_.at(now + std::chrono::milliseconds{after},
                   [this, after] { ran_ += std::to_string(after) + " "; });
  }
  io_.run();
  EXPECT_EQ(ran_, "-5 0 10 15 20 30 ");
  EXPECT_GE(core_.clock().steady(), now + 30ms);
}

TEST_F(CoreScheduler, ForgetsACancelledTimerAndEndsWhenNoneIsLeft) {
  const timer_id later = note(2ms, 'x');
  note(1ms, 'a');
  core_.cancel(later);
  core_.cancel(later);
  core_.cancel({});
  io_.run();
  EXPECT_EQ(ran_, "a");
  EXPECT_EQ(core_.timers_waiting(), 0u);
}

TEST_F(CoreScheduler, LetsATimerCancelAnotherOfTheSameMoment) {
  const steady_time moment = core_.clock().steady() + 1ms;
  timer_id second;
  (void)core_.at(moment, [&] { core_.cancel(second); });
  second = core_.at(moment, [this] { ran_ += 'x'; });
  io_.run();
  EXPECT_EQ(ran_, "");
}

TEST_F(CoreScheduler, LetsOtherWorkInBetweenTimersThatSetThemselvesAnew) {
  int left = 1000;
  std::function<void()> again = [&] {
    if (--left > 0 && ran_.empty()) (void)core_.at(core_.clock().steady(), again);
  };
  (void)core_.at(core_.clock().steady(), again);
  core_.post([this] { ran_ += 'p'; });
  io_.run();
  EXPECT_EQ(ran_, "p");
  EXPECT_GT(left, 900);
}

TEST_F(CoreScheduler, HoldsThousandsOfTimers) {
  int ran = 0;
  const steady_time now = core_.clock().steady();
  for (int i = 0; i < 20'000; ++i) {
    (void)core_.at(now + std::chrono::microseconds{(i * 7919) % 20'000}, [&ran] { ++ran; });
  }
  io_.run();
  EXPECT_EQ(ran, 20'000);
}

}  // namespace
}  // namespace reprise
