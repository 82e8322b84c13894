#include "host/media/second_sampler.hpp"

#include <gtest/gtest.h>

#include <map>

namespace reprise {
namespace {

constexpr std::int64_t ms = 1'000;

// Runs pictures of one grey each through the schedule: {time in ms, grey}, then the last one's
// duration in ms. Gives the mean grey of each sampled second.
struct shot {
  std::int64_t at_ms;
  float grey;
  std::int64_t lasts_ms = 40;
};

std::map<std::int64_t, float> sample(const std::vector<shot>& shots) {
  std::map<std::int64_t, float> means;
  second_sampler sampler{[&](std::int64_t second, const luma_picture& mean) {
    EXPECT_TRUE(means.emplace(second, mean[0]).second);
    EXPECT_EQ(mean[0], mean[luma_cells - 1]);
  }};
  for (const shot& taken : shots) {
    timed_picture shown{.time_us = taken.at_ms * ms, .duration_us = taken.lasts_ms * ms};
    shown.luma.fill(taken.grey);
    sampler.add(shown);
  }
  sampler.finish();
  return means;
}

using means = std::map<std::int64_t, float>;

TEST(SecondSampler, WeighsPicturesByTheirTimeOnScreen) {
  EXPECT_EQ(sample({{0, 10}, {250, 50, 750}}), (means{{0, 40}}));
}

TEST(SecondSampler, SharesAPictureBetweenTheSecondsThatItIsOnScreenIn) {
  EXPECT_EQ(sample({{0, 0}, {500, 100, 1500}}), (means{{0, 50}, {1, 100}}));
}

TEST(SecondSampler, IsHardlyMovedByATimestampRoundedOverTheBorder) {
  const means before = sample({{0, 0}, {999, 100, 1001}});
  const means behind = sample({{0, 0}, {1001, 100, 999}});
  EXPECT_NEAR(before.at(0), behind.at(0), 0.11);
  EXPECT_NEAR(before.at(1), behind.at(1), 0.11);
}

TEST(SecondSampler, TakesASecondFromHalfOfItOn) {
  EXPECT_EQ(sample({{0, 7, 499}}), means{});
  EXPECT_EQ(sample({{0, 7, 500}}), (means{{0, 7}}));
  EXPECT_EQ(sample({{0, 7, 1499}}), (means{{0, 7}}));
  EXPECT_EQ(sample({{0, 7, 1500}}), (means{{0, 7}, {1, 7}}));
}

TEST(SecondSampler, HoldsAPictureOfASparseStream) {
  EXPECT_EQ(sample({{0, 1}, {4'000, 2}, {14'000, 3, 1'000}}).size(), 15u);
}

TEST(SecondSampler, MakesAHoleThatIsTooLongAGap) {
  EXPECT_EQ(sample({{0, 1, 1'000}, {10'001, 2, 1'000}}), (means{{0, 1}, {10, 2}}));
}

TEST(SecondSampler, HoldsAPictureForLongIfItsDurationSaysSo) {
  EXPECT_EQ(sample({{0, 1, 20'000}, {20'000, 2, 1'000}}).size(), 21u);
}

TEST(SecondSampler, DropsAPictureThatAnotherReplacesAtOnce) {
  EXPECT_EQ(sample({{0, 9}, {0, 1, 1'000}}), (means{{0, 1}}));
}

TEST(SecondSampler, GivesNothingWithoutPictures) {
  EXPECT_EQ(sample({}), means{});
}

TEST(SecondSampler, CountsTheSecondsOfAFilmByHalves) {
  EXPECT_EQ(seconds_until(0), 0);
  EXPECT_EQ(seconds_until(499'999), 0);
  EXPECT_EQ(seconds_until(500'000), 1);
  EXPECT_EQ(seconds_until(1'499'999), 1);
  EXPECT_EQ(seconds_until(12 * second_us), 12);
}

}  // namespace
}  // namespace reprise
