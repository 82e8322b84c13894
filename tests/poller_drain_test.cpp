// What the poller leaves behind when it stops asking: no tick that has begun is without an arrival.
#include <gtest/gtest.h>

#include "tests/poller_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

// A source with X-Frame-Time is asked some milliseconds into the tick.
TEST(PollerDrain, MakesATickAGapWhosePollHasNotLeft) {
  polled_world world;
  world.add({{0.5, 0, 0, 0.01, 7}, true, {}});
  world.run_for(5s + 100us);
  ASSERT_EQ(world.sources.in_flight(), 0u);
  const std::int64_t before = world.arrivals[1].back().time;
  world.polls->drain([] {});
  world.run_for(3s);
  EXPECT_EQ(world.arrivals[1].back().time, before + 1);
  EXPECT_EQ(world.arrivals[1].back().reason, gap_reason::down);
}

TEST(PollerDrain, LeavesATickAloneThatHasEnded) {
  polled_world world;
  world.add_plain();
  world.run_for(5950ms);
  const std::size_t before = world.arrivals[1].size();
  world.polls->drain([] {});
  world.run_for(3s);
  EXPECT_EQ(world.arrivals[1].size(), before);
  EXPECT_EQ(world.count(1, gap_reason::down), 0u);
}

}  // namespace
}  // namespace reprise
