// Each tick of a polled channel is accounted for, also those that pass before it is first asked.
#include <gtest/gtest.h>

#include "tests/poller_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t begin = polled_world::first_tick;

// A channel is made late in a second, and waits for others that were made before it. The second in
// which it is made is nobody's, unless there is time to ask.
TEST(PollerAccount, HoldsTheTicksOfAChannelBeforeItsFirstPoll) {
  polled_world world({.starts_per_second_max = 2});
  world.run_for(950ms);
  for (int i = 0; i < 8; ++i) world.add_plain();
  world.run_for(10s);
  for (channel_number channel = 1; channel <= 8; ++channel) {
    EXPECT_TRUE(world.without_holes(channel)) << channel;
    EXPECT_EQ(world.times(channel).front(), channel == 1 ? begin : begin + 1) << channel;
  }
  EXPECT_EQ(world.count(8, gap_reason::late), 3u);
}

// What is to be stored before the channel is there takes it over the end of the second.
TEST(PollerAccount, MissesNothingOfAChannelThatIsMadeAsASecondEnds) {
  for (const auto late_by : {0ms, 400ms}) {
    polled_world world;
    world.run_for(1s + late_by);
    world.add_plain();
    world.run_for(5s);
    EXPECT_EQ(world.times(1).front(), begin + 1);
    EXPECT_TRUE(world.without_holes(1));
    EXPECT_EQ(world.count(1, gap_reason::late), 0u);
  }
}

// The first polls of the channels that are known at the start are spread over a second.
TEST(PollerAccount, CallsTheTicksBeforeTheFirstPollAfterAStartDown) {
  polled_world world;
  for (std::uint64_t i = 0; i < 20; ++i) {
    // As far behind our clock as a source may well be, and ahead of it.
    const double phase = i % 4 == 1 ? 2.5 : i % 4 == 3 ? -2.5 : 0.5;
    world.add({{phase, 0, 0, 0.01, i}, i % 2 == 1, {}});
  }
  world.run_for(20s + 400ms);
  const std::int64_t started = begin + 20;
  world.arrivals.clear();
  world.restart();
  world.run_for(10s);
  std::size_t down = 0;
  for (channel_number channel = 1; channel <= 20; ++channel) {
    std::vector<std::int64_t> times = world.times(channel);
    std::erase_if(times, [&](std::int64_t time) { return time < started; });
    ASSERT_FALSE(times.empty());
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_EQ(times[i], started + static_cast<std::int64_t>(i)) << channel;
    }
    down += world.count(channel, gap_reason::down);
  }
  EXPECT_GT(down, 5u);
}

// Its URL changes at the end of a second, while the answer of that second is on its way.
TEST(PollerAccount, HoldsEachTickThoughTheSourceChanges) {
  polled_world world;
  for (std::uint64_t i = 0; i < 2; ++i) world.add({{0.8, 0, 0, 0.4, i}, false, {}});
  channel_entry& changed = *world.book.find("c1");
  channel_settings settings = changed.settings;
  world.run_for(5s + 990ms);
  for (std::size_t i = 0; i < 20; ++i) {
    settings.source_url = simulated_sources::url(1 - i % 2);
    world.book.change(changed, settings);
    world.run_for(1s);
  }
  EXPECT_TRUE(world.without_holes(1));
  EXPECT_GT(world.count(1, gap_reason::none), 5u);
}

}  // namespace
}  // namespace reprise
