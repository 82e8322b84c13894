// Steps, slews and pauses: ticks that could not be served, and no storms afterwards.
#include <gtest/gtest.h>

#include "tests/poller_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t begin = polled_world::first_tick;

class PollerClock : public ::testing::Test {
 protected:
  void add_many(int count) {
    for (int i = 0; i < count; ++i) {
      const auto seed = static_cast<std::uint64_t>(i) + 1;
      world_.add({{simulated_chance(seed, 40, 0), 0, 0.05, 0.05, seed}, i % 3 == 0, {}});
    }
    world_.run_for(60s);
    for (auto& [number, all] : world_.arrivals) all.clear();
  }
  // The most polls of all sources in any 100 ms of a span in seconds.
  std::size_t most_in_100_ms(double from, double to, std::size_t count) {
    std::map<std::int64_t, std::size_t> slots;
    std::size_t most = 0;
    for (std::size_t i = 0; i < count; ++i) {
      for (const served_answer& one : world_.sources.served(i)) {
        if (one.asked < from || one.asked >= to) continue;
        most = std::max(most, ++slots[static_cast<std::int64_t>(one.asked * 10)]);
      }
    }
    return most;
  }
  polled_world world_;
};

TEST_F(PollerClock, RecordsOneOutageForAStepForward) {
  add_many(30);
  world_.run_for(500ms);
  world_.core.time.step_wall(10s);
  world_.run_for(20s);
  ASSERT_EQ(world_.outages.size(), 1u);
  EXPECT_EQ(world_.outages[0].reason, gap_reason::clock);
  EXPECT_EQ(world_.outages[0].end - world_.outages[0].start + 1, 10);
  for (channel_number number = 1; number <= 30; ++number) {
    const std::vector<std::int64_t> times = world_.times(number);
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
    EXPECT_LE(world_.count(number, gap_reason::clock), 1u) << number;
    EXPECT_EQ(world_.count(number, gap_reason::late), 0u) << number;
    EXPECT_GE(world_.count(number, gap_reason::none), 18u) << number;
    // What is neither handed on nor of the outage would be a hole.
    for (std::size_t i = 1; i < times.size(); ++i) {
      for (std::int64_t t = times[i - 1] + 1; t < times[i]; ++t) {
        EXPECT_TRUE(t >= world_.outages[0].start && t <= world_.outages[0].end) << number;
      }
    }
  }
  EXPECT_LE(most_in_100_ms(60, 80, 30), most_in_100_ms(40, 60, 30) + 4);
  EXPECT_FALSE(world_.polls->clock_problem());
}

// Second by second it would take minutes.
TEST_F(PollerClock, TakesAStepOfACenturyAsQuicklyAsAShortOneOfASourceThatKnowsItsSecond) {
  constexpr std::int64_t century = std::int64_t{36'525} * 86'400;
  const source_fault right{60, 1'000, fault_kind::frame_shift, static_cast<double>(century)};
  world_.add({{0.3, 0, 0, 0.05, 1}, true, {right}});
  world_.run_for(59'900ms);
  world_.core.time.step_wall(std::chrono::seconds{century});
  world_.run_for(20s);
  ASSERT_EQ(world_.outages.size(), 1u);
  EXPECT_GE(world_.count(1, gap_reason::none), 76u);
  EXPECT_GE(world_.times(1).back(), begin + century + 78);
  EXPECT_LE(world_.arrivals[1].size(), 81u);
}

TEST_F(PollerClock, CountsNoSecondOfAnOutageAgainForASourceThatThenFails) {
  world_.add({{0.3, 0, 0, 0.05, 1}, true, {{60, 70, fault_kind::refuse}}});
  world_.run_for(59'900ms);
  world_.core.time.step_wall(3600s);
  world_.run_for(20s);
  ASSERT_EQ(world_.outages.size(), 1u);
  EXPECT_GE(world_.count(1, gap_reason::connect), 8u);
  for (const std::int64_t time : world_.times(1)) {
    EXPECT_FALSE(time >= world_.outages[0].start && time <= world_.outages[0].end) << time;
  }
}

TEST_F(PollerClock, WaitsUntilAClockThatWasPutBackHasCaughtUp) {
  add_many(6);
  world_.run_for(500ms);
  world_.core.time.step_wall(-4s);
  const std::size_t asked = world_.sources.served(1).size();
  world_.run_for(3400ms);
  EXPECT_FALSE(world_.polls->clock_problem());
  EXPECT_LE(world_.sources.served(1).size(), asked + 2);
  world_.run_for(20s);
  EXPECT_TRUE(world_.outages.empty());
  for (channel_number number = 1; number <= 6; ++number) {
    EXPECT_TRUE(world_.without_holes(number)) << number;
    EXPECT_GE(world_.arrivals[number].back().time, begin + 78);
  }
}

TEST_F(PollerClock, SaysSoWhileItWaitsForAClockThatIsFarBehind) {
  add_many(3);
  world_.core.time.step_wall(-100s);
  world_.run_for(50s);
  ASSERT_TRUE(world_.polls->clock_problem());
  const std::size_t before = world_.arrivals[2].size();
  world_.run_for(45s);
  EXPECT_EQ(world_.arrivals[2].size(), before);
  world_.run_for(15s);
  EXPECT_FALSE(world_.polls->clock_problem());
  EXPECT_TRUE(world_.without_holes(2));
  EXPECT_GT(world_.arrivals[2].size(), before + 5);
}

TEST_F(PollerClock, HandsOnOneArrivalATickWhileTheClockIsSlewed) {
  for (const auto by : {50'000ns, -50'000ns}) {
    polled_world world;
    world.add_plain();
    world.add({{0.2, 0, 0, 0.05, 9}, true, {}});
    for (int i = 0; i < 20'000; ++i) {
      world.run_for(100ms);
      world.core.time.step_wall(by);  // 500 ppm
    }
    EXPECT_TRUE(world.without_holes(1));
    EXPECT_NEAR(static_cast<double>(world.arrivals[1].size()),
                2000 * (1 + static_cast<double>(by.count()) * 1e-8), 2);
    // The grid of the source slides against ours by one second.
    EXPECT_LE(world.arrivals[1].size() - world.count(1, gap_reason::none), 2u);
    EXPECT_TRUE(world.outages.empty());
  }
}

TEST_F(PollerClock, EndsThePausedTicksAsGapsAndDoesNotCatchUp) {
  world_.core.pause(world_.after(60s + 300ms), world_.after(65s + 600ms));
  add_many(30);
  world_.run_for(20s);
  EXPECT_TRUE(world_.outages.empty());
  for (channel_number number = 1; number <= 30; ++number) {
    EXPECT_TRUE(world_.without_holes(number)) << number;
    EXPECT_GE(world_.count(number, gap_reason::late), 4u) << number;
    EXPECT_LE(world_.count(number, gap_reason::late), 7u) << number;
  }
  EXPECT_LE(most_in_100_ms(60, 80, 30), most_in_100_ms(40, 60, 30) + 4);
}

TEST_F(PollerClock, RecordsALongPauseOnce) {
  world_.core.pause(world_.after(60s + 300ms), world_.after(3660s + 300ms));
  add_many(30);
  world_.run_for(3620s);
  ASSERT_EQ(world_.outages.size(), 1u);
  EXPECT_EQ(world_.outages[0].reason, gap_reason::late);
  EXPECT_NEAR(static_cast<double>(world_.outages[0].end - world_.outages[0].start), 3600, 2);
  for (channel_number number = 1; number <= 30; ++number) {
    EXPECT_LE(world_.count(number, gap_reason::late), 2u) << number;
    EXPECT_GE(world_.count(number, gap_reason::none), 15u) << number;
  }
}

TEST_F(PollerClock, StartsTheChannelsOfTheRunBeforeWithinASecondEvenly) {
  for (int i = 0; i < 2000; ++i) world_.add_plain();
  world_.restart();
  world_.run_for(1s);
  std::map<std::int64_t, int> in_50_ms;
  for (std::size_t i = 0; i < 2000; ++i) {
    ASSERT_FALSE(world_.sources.served(i).empty()) << i;
    ++in_50_ms[static_cast<std::int64_t>(world_.sources.served(i).front().asked * 20)];
  }
  for (const auto& [slot, count] : in_50_ms) EXPECT_LE(count, 120) << slot;
}

TEST_F(PollerClock, WaitsForTheNewestTickOfTheRunBefore) {
  channel_settings settings;
  settings.source_url =
      simulated_sources::url(world_.sources.add({{0.5, 0, 0, 0.01, 7}, false, {}}));
  channel_entry& entry = world_.book.add(1, "c1", {}, begin);
  entry.newest_tick = begin + 20;
  world_.book.change(entry, settings);
  world_.run_for(15s);
  EXPECT_TRUE(world_.arrivals[1].empty());
  EXPECT_TRUE(world_.polls->clock_problem());
  world_.run_for(15s);
  EXPECT_EQ(world_.times(1).front(), begin + 21);
  EXPECT_FALSE(world_.polls->clock_problem());
}

}  // namespace
}  // namespace reprise
