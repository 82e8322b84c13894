// How the live service ends: whatever its disks do, and however early it is told to.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/service_fixture.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class ServiceStop : public service_test {
 protected:
  bool drains_within(std::chrono::seconds span) {
    auto drained = std::make_shared<bool>(false);
    world_.service->drain([drained] { *drained = true; });
    world_.run_for(span);
    return *drained;
  }
};

TEST_F(ServiceStop, EndsWhileTheStatesDiskIsFullAndSaysWhatStaysBehind) {
  add("a");
  poll("a", first_tick, first_tick + 110);
  world_.disk->state_fault = errc::storage_full;
  poll("a", first_tick + 110, first_tick + 115);
  EXPECT_TRUE(drains_within(live_service::drain_fault_max + 1s));
  EXPECT_TRUE(std::any_of(world_.logged.begin(), world_.logged.end(), [](const auto& line) {
    return line.find("stopped while") == 0 && line.find("records=5") != std::string::npos;
  }));
}

TEST_F(ServiceStop, EndsWhileTheHistorysDiskIsFull) {
  add("a");
  poll("a", first_tick, first_tick + 3);
  world_.disk->history_fault = errc::io_failed;
  poll("a", first_tick + 3, first_tick + 5);
  EXPECT_TRUE(drains_within(live_service::drain_fault_max + 1s));
}

TEST_F(ServiceStop, WaitsForADiskThatRecovers) {
  add("a");
  poll("a", first_tick, first_tick + 3);
  world_.disk->history_fault = errc::storage_full;
  poll("a", first_tick + 3, first_tick + 5);
  EXPECT_FALSE(drains_within(live_service::drain_fault_max - 2s));
  world_.disk->history_fault.reset();
  world_.run_for(2s);
  EXPECT_EQ(world_.stored("a").size(), 5u);
}

TEST_F(ServiceStop, LoadsNothingWhereTheDrainCameBeforeTheStart) {
  add("a");
  poll("a", first_tick, first_tick + 3);
  world_.drain();
  world_.kill();
  world_.prepare();
  std::optional<outcome<void>> started;
  world_.service->start([&](outcome<void> ended) { started = std::move(ended); });
  EXPECT_TRUE(drains_within(5s));
  ASSERT_TRUE(started);
  ASSERT_FALSE(*started);
  EXPECT_EQ(started->error().code, errc::stopping);
  EXPECT_EQ(world_.service->book().size(), 0u);
}

TEST_F(ServiceStop, ShowsThatItIsAboutToEndAndStillTakesTicks) {
  add("a");
  world_.run_until_ready();
  world_.service->begin_drain();
  EXPECT_EQ(world_.service->phase().word, "draining");
  EXPECT_FALSE(world_.service->phase().ready);
  poll("a", first_tick, first_tick + 2);
  world_.drain();
  EXPECT_EQ(world_.stored("a").size(), 2u);
}

}  // namespace
}  // namespace reprise
