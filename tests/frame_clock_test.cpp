#include "host/media/frame_clock.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace reprise {
namespace {

constexpr std::int64_t period = 40'000;

TEST(FrameClock, StartsAtZeroWhateverTheFirstTimestamp) {
  for (const std::int64_t first : {std::int64_t{-80'000}, std::int64_t{0}, 5 * second_us}) {
    frame_clock clock{period};
    EXPECT_EQ(clock.time_of(first, {}), 0);
    EXPECT_EQ(clock.time_of(first + 83'000, {}), 83'000);
    EXPECT_EQ(clock.time_of_other(first + second_us), second_us);
    EXPECT_EQ(clock.repairs(), 0u);
  }
}

TEST(FrameClock, ContinuesByStatedDurationWhereTimestampsAreMissing) {
  frame_clock clock{period};
  EXPECT_EQ(clock.time_of({}, 100'000), 0);
  EXPECT_EQ(clock.time_of({}, {}), 100'000);
  EXPECT_EQ(clock.time_of({}, 0), 140'000);
  EXPECT_EQ(clock.time_of({}, -1), 180'000);
  EXPECT_EQ(clock.repairs(), 0u);
}

TEST(FrameClock, TakesUpTimestampsThatBeginLate) {
  frame_clock clock{period};
  EXPECT_EQ(clock.time_of({}, {}), 0);
  EXPECT_EQ(clock.time_of(7 * second_us, {}), 40'000);
  EXPECT_EQ(clock.time_of(8 * second_us, {}), 40'000 + second_us);
}

TEST(FrameClock, PutsAFrameThatStepsBackALittleInPlaceOfTheOneBefore) {
  frame_clock clock{period};
  EXPECT_EQ(clock.time_of(0, {}), 0);
  EXPECT_EQ(clock.time_of(500'000, {}), 500'000);
  EXPECT_EQ(clock.time_of(300'000, {}), 500'000);
  EXPECT_EQ(clock.time_of(540'000, {}), 540'000);
  EXPECT_EQ(clock.repairs(), 1u);
}

TEST(FrameClock, ContinuesOverACounterThatStartsAgain) {
  frame_clock clock{period};
  EXPECT_EQ(clock.time_of(90 * second_us, {}), 0);
  EXPECT_EQ(clock.time_of(95 * second_us, {}), 5 * second_us);
  EXPECT_EQ(clock.time_of(0, {}), 5 * second_us + period);
  EXPECT_EQ(clock.time_of(second_us, {}), 6 * second_us + period);
  EXPECT_EQ(clock.repairs(), 1u);
}

TEST(FrameClock, KeepsAHoleOfADayAndRefusesALongerOne) {
  frame_clock clock{period};
  EXPECT_EQ(clock.time_of(0, {}), 0);
  EXPECT_EQ(clock.time_of(jump_us_max, {}), jump_us_max);
  EXPECT_EQ(clock.time_of(2 * jump_us_max + 1, {}), jump_us_max + period);
  EXPECT_EQ(clock.repairs(), 1u);
}

TEST(FrameClock, SurvivesTheMostExtremeTimestampsAndDurations) {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  frame_clock clock{period};
  std::int64_t newest = 0;
  for (const std::int64_t odd : {least, most, most / 2, least / 2, std::int64_t{0}, most}) {
    const std::int64_t time = clock.time_of(odd, odd);
    EXPECT_GE(time, newest);
    newest = time;
    EXPECT_LE(clock.duration_us(), jump_us_max);
  }
  EXPECT_LE(newest, 10 * period);
}

// A base far on one side and a timestamp far on the other must not overflow their difference.
TEST(FrameClock, SurvivesTimestampsFarOnBothSides) {
  for (const int bits : {60, 62}) {
    const std::int64_t far = (std::int64_t{1} << bits) - 1;
    frame_clock clock{period};
    std::int64_t newest = 0;
    for (const std::int64_t odd : {std::int64_t{0}, -far, far, -far, far}) {
      const std::int64_t time = clock.time_of(odd, {});
      EXPECT_GE(time, newest);
      newest = time;
      EXPECT_LE(std::abs(clock.time_of_other(far)), 3 * timestamp_us_max);
      EXPECT_LE(std::abs(clock.time_of_other(-far)), 3 * timestamp_us_max);
    }
    EXPECT_LE(newest, 5 * period);
  }
}

TEST(FrameClock, SurvivesAPeriodBeyondAllMeasure) {
  frame_clock clock{std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(clock.time_of({}, {}), 0);
  EXPECT_EQ(clock.time_of({}, {}), jump_us_max);
}

}  // namespace
}  // namespace reprise
