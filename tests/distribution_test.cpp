// The outputs of a classifier as shares.
#include "host/predictions/distribution.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace reprise {
namespace {

using numbers = std::vector<double>;

numbers shares_of(numbers outputs) {
  make_distribution(outputs);
  return outputs;
}

TEST(Distribution, LeavesSharesAsTheyAre) {
  EXPECT_EQ(shares_of({0.25, 0.5, 0.25}), (numbers{0.25, 0.5, 0.25}));
  EXPECT_EQ(shares_of({0.25, 0.7495}), (numbers{0.25, 0.7495})) << "their sum is rounded";
  EXPECT_EQ(shares_of({1}), numbers{1});
}

TEST(Distribution, BringsSharesThatAreRoundedWithinTheirBounds) {
  EXPECT_EQ(shares_of({1.0000001, 0}), (numbers{1, 0}));
  EXPECT_EQ(shares_of({-1e-9, 1}), (numbers{0, 1}));
  EXPECT_EQ(shares_of({1.0009, -0.0009}), (numbers{1, 0}));
}

TEST(Distribution, MakesSharesOfWhateverElseThereIs) {
  const double more = std::exp(1.0) / (std::exp(1.0) + 1);
  for (const numbers& outputs :
       {numbers{1, 0}, numbers{8, 7}, numbers{-3, -4}, numbers{1e9, 1e9}}) {
    const auto made = shares_of({outputs[0] + 1.002, outputs[1] + 1.002});
    const double first = outputs[0] == outputs[1] ? 0.5 : more;
    EXPECT_NEAR(made[0], first, 1e-9) << outputs[0];
    EXPECT_NEAR(made[1], 1 - first, 1e-9);
  }
  EXPECT_EQ(shares_of({1e300, 0, -1e300}), (numbers{1, 0, 0}));
  EXPECT_NEAR(shares_of({1.5, -0.5})[0], std::exp(2.0) / (std::exp(2.0) + 1), 1e-9)
      << "their sum alone makes no shares";
}

TEST(Distribution, TakesAShareThatIsRounded) {
  EXPECT_EQ(share_of(0.5), 0.5);
  EXPECT_EQ(share_of(1.0000001), 1.0);
  EXPECT_EQ(share_of(-1e-9), 0.0);
  EXPECT_FALSE(share_of(1.0011));
  EXPECT_FALSE(share_of(-0.0011));
  EXPECT_FALSE(share_of(std::nan("")));
}

}  // namespace
}  // namespace reprise
