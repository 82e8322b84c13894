// Whole days of many sources against the poller: what it hands on is each second of each source
// once.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "tests/poller_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t day = 86'400;
constexpr std::size_t warm_up = 5;
constexpr double slides_off = 1.3;  // as in phase_tracker_test.cpp

struct reading {
  std::int64_t twice = 0;
  std::int64_t skipped = 0;
  std::int64_t drift_gaps = 0;
  std::int64_t other_gaps = 0;
};

reading read_back(const std::vector<arrival>& arrivals) {
  reading made;
  std::int64_t newest = -1;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const arrival& one = arrivals[i];
    if (one.reason != gap_reason::none) {
      ++(one.reason == gap_reason::drift ? made.drift_gaps : made.other_gaps);
      continue;
    }
    const std::int64_t content = simulated_sources::content_of(one.bits);
    if (i >= warm_up) {
      made.twice += content <= newest ? 1 : 0;
      made.skipped += std::max<std::int64_t>(content - newest - 1, 0);
    }
    newest = content;
  }
  return made;
}

TEST(PollerDay, HandsOnEachSecondOfEachSourceOnceButThoseThatDriftAddsOrTakesAway) {
  const char* asked = std::getenv("REPRISE_SOAK");
  const int rounds = asked == nullptr ? 1 : std::max(1, std::atoi(asked));
  for (int round = 0; round < rounds; ++round) {
    polled_world world;
    std::vector<double> drifts;
    for (const double drift : {-500., -200., 0., 200., 500.}) {
      const auto seed = static_cast<std::uint64_t>(round * 5) + drifts.size() + 1;
      world.add({{simulated_chance(seed, 30, 0), drift, 0.1, 0.1, seed}, false, {}});
      drifts.push_back(drift);
    }
    world.run_for(std::chrono::seconds{day});
    EXPECT_FALSE(world.sources.crowded());
    for (std::size_t i = 0; i < drifts.size(); ++i) {
      const auto number = static_cast<channel_number>(i + 1);
      const std::string what = "round " + std::to_string(round) + " " + std::to_string(drifts[i]);
      EXPECT_TRUE(world.without_holes(number)) << what;
      EXPECT_NEAR(static_cast<double>(world.arrivals[number].size()), day, 1) << what;
      const reading got = read_back(world.arrivals[number]);
      const double slid = drifts[i] * 1e-6 * static_cast<double>(day);
      EXPECT_EQ(got.twice, 0) << what;
      EXPECT_EQ(got.other_gaps, 0) << what;
      EXPECT_NEAR(static_cast<double>(got.skipped), std::max(0., -slid), slides_off) << what;
      EXPECT_NEAR(static_cast<double>(got.drift_gaps), std::max(0., slid), slides_off) << what;
      EXPECT_LT(static_cast<double>(world.sources.served(i).size()), 1.04 * day) << what;
    }
  }
}

TEST(PollerDay, FollowsFrameTimesThroughADay) {
  polled_world world;
  world.add({{0.3, 0, 0.1, 0.1, 3}, true, {}});
  world.run_for(std::chrono::seconds{day});
  const std::vector<arrival>& got = world.arrivals[1];
  EXPECT_TRUE(world.without_holes(1));
  EXPECT_NEAR(static_cast<double>(got.size()), day, 2);
  for (const arrival& one : got) {
    ASSERT_EQ(one.reason, gap_reason::none) << one.time;
    ASSERT_EQ(simulated_sources::content_of(one.bits), one.time - polled_world::first_tick);
  }
}

// The picture stands still for hours and moves on: nothing is asked more often meanwhile, and
// afterwards each second is read once again.
TEST(PollerDay, KeepsTheMomentThroughHoursOfAStillPicture) {
  polled_world world;
  world.add({{0.4, 100, 0.1, 0.1, 5}, false, {{4000, 18'400, fault_kind::still, 0}}});
  world.run_for(4100s);
  const std::size_t before = world.sources.served(0).size();
  world.run_for(14'000s);
  EXPECT_LE(world.sources.served(0).size() - before, 14'000u + 140u);
  world.run_for(320s);
  const std::size_t moving = world.arrivals[1].size();
  world.run_for(3000s);
  std::int64_t newest = 0;
  for (std::size_t i = moving; i < world.arrivals[1].size(); ++i) {
    const arrival& one = world.arrivals[1][i];
    if (one.reason != gap_reason::none) continue;
    const std::int64_t content = simulated_sources::content_of(one.bits);
    if (newest != 0) {
      EXPECT_EQ(content, newest + 1) << one.time;
    }
    newest = content;
  }
}

}  // namespace
}  // namespace reprise
