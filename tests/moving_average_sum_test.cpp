// Sums of durations and their means: exact, whatever the order and the number.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "host/moving_average/duration_sum.hpp"

namespace reprise {
namespace {

duration_sum of(double seconds) {
  return duration_sum::of_seconds(seconds).value();
}

duration_sum of(int seconds) {
  return duration_sum::of_seconds(std::int64_t{seconds}).value();
}

// In attoseconds, as the encoding shows it.
std::uint64_t attoseconds(const duration_sum& sum) {
  std::uint64_t low = 0;
  for (const std::byte each : sum.encode()) low = low << 8 | std::to_integer<std::uint64_t>(each);
  return low;
}

TEST(DurationSum, IsExactInDecimalFractions) {
  duration_sum sum;
  for (int i = 0; i < 10; ++i) sum += of(0.1);
  EXPECT_EQ(sum, of(1));
  EXPECT_EQ(of(0.1) + of(0.2), of(0.3));
  EXPECT_EQ(of(1.5) - of(0.25), of(1.25));
  EXPECT_EQ(of(20.0), of(20));
  EXPECT_EQ(of(-0.0), duration_sum{});
}

TEST(DurationSum, RoundsBehindTheEighteenthDigitHalfToEven) {
  EXPECT_EQ(attoseconds(of(1e-18)), 1u);
  EXPECT_EQ(attoseconds(of(5e-19)), 0u);
  EXPECT_EQ(attoseconds(of(5.1e-19)), 1u);
  EXPECT_EQ(attoseconds(of(4.9e-19)), 0u);
  EXPECT_EQ(attoseconds(of(1.5e-18)), 2u);
  EXPECT_EQ(attoseconds(of(2.5e-18)), 2u);
  EXPECT_EQ(attoseconds(of(1.2345678901234567e-3)), 1'234'567'890'123'457u);
  EXPECT_EQ(attoseconds(of(1.2345678901234565e-2)), 12'345'678'901'234'565u);
  EXPECT_EQ(attoseconds(of(5e-324)), 0u);
}

TEST(DurationSum, TakesDurationsUpToABillionSeconds) {
  EXPECT_TRUE(duration_sum::of_seconds(std::int64_t{0}));
  EXPECT_TRUE(duration_sum::of_seconds(std::int64_t{1'000'000'000}));
  EXPECT_FALSE(duration_sum::of_seconds(std::int64_t{1'000'000'001}));
  EXPECT_FALSE(duration_sum::of_seconds(std::int64_t{-1}));
  EXPECT_EQ(of(1e9), of(1'000'000'000));
  for (const double none :
       {1'000'000'000.0000001, -1e-9, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(duration_sum::of_seconds(none)) << none;
  }
}

// A double that takes part in as many additions has drifted by far more than its last digit.
TEST(DurationSum, DoesNotDriftInAHundredMillionEvents) {
  constexpr std::uint64_t count = 100'000'000;
  const duration_sum tenth = of(0.1), odd = of(0.123456789012345678);
  duration_sum sum;
  for (std::uint64_t i = 0; i < count; ++i) sum += i % 2 == 0 ? tenth : odd;
  EXPECT_EQ(sum.mean(count), 0.11172839450617283);  // the nearest to (0.1 + 0.12345678901234568)/2
  for (std::uint64_t i = 1; i < count; ++i) sum -= i % 2 == 0 ? tenth : odd;
  EXPECT_EQ(sum, tenth);
}

struct known_mean {
  int seconds;
  double more;
  std::uint64_t count;
  double mean;
};

// The means are those of Python's fractions. Of the first six the 19th digit behind the point does
// not tell yet to which side they are to be rounded.
TEST(DurationSum, HasTheNearestDoubleForItsMean) {
  for (const auto& [seconds, more, count, mean] : std::initializer_list<known_mean>{
           {1905741, 0.3414867653284464, 830'639'916, 0.002294305034922937},
           {3464378, 0.9981232298850198, 464'737'046, 0.007454492874930461},
           {482155126, 0.3582239092593901, 595'352'286, 0.8098652473440303},
           {3178360, 0.5498318392610585, 405'852'689, 0.00783131573592171},
           {2563120, 0.8302299345066508, 132'430'598, 0.019354445792277814},
           {163186040, 0.69758299900002, 962'383'476, 0.16956446652205717},
           {958204761, 0.7020054426608909, 3, 319401587.2340018},
           {304558766, 0.11098331291855856, 1'000'000'000'039, 0.0003045587660991055},
           {587944970, 0.5817018258822202, 7, 83992138.65452883},
           {8741366, 0.015214732074224746, 7, 1248766.5736021046},
           {51, 0.0, 2, 25.5},
           {1, 0.0, 3, 1.0 / 3},
           {1'000'000'000, 0.0, 1, 1e9},
           {0, 1e-18, 2, 5e-19},
           {0, 0.0, 7, 0}}) {
    EXPECT_EQ((of(seconds) + of(more)).mean(count), mean) << seconds << " " << count;
  }
}

TEST(DurationSum, IsEncodedBigEndianAndReadBack) {
  const auto encoded = of(1).encode();  // 10^18 = 0x0de0b6b3a7640000
  constexpr unsigned expected[] = {0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(encoded[i], std::byte{0});
    EXPECT_EQ(encoded[8 + i], static_cast<std::byte>(expected[i]));
  }
  duration_sum greatest;
  for (int i = 0; i < 1'000; ++i) greatest += of(1'000'000'000);
  for (const duration_sum& sum : {duration_sum{}, of(0.1), greatest}) {
    EXPECT_EQ(duration_sum::decode(sum.encode()), sum);
  }
  EXPECT_FALSE(duration_sum::decode((of(0) - of(1e-18)).encode()));
}

}  // namespace
}  // namespace reprise
