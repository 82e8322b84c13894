// Scores, thresholds and similarities against values worked out by hand.
#include "host/match/score.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace reprise {
namespace {

score_value power(score_value base, unsigned exponent) {
  score_value product = 1;
  while (exponent-- > 0) product *= base;
  return product;
}

TEST(AgreementMax, IsTheSumOfAllSuffixWeights) {
  EXPECT_EQ(rule{}.agreement_max(), 491'904u);
  EXPECT_EQ((rule{128, 64, 1}.agreement_max()), 64u * 128 - 63 * 64 / 2);
}

TEST(MatchScore, IsTheExactProductForEveryRun) {
  const std::uint32_t agreements[5] = {491'904, 491'903, 3, 491'901, 33'556'448};
  score_value expected = 1;
  for (std::uint32_t run = 1; run <= 5; ++run) {
    expected *= agreements[run - 1];
    EXPECT_EQ(match_score(agreements, run), expected) << run;
  }
}

TEST(MatchScore, HoldsTheGreatestScoreOfTheWidestRule) {
  const rule widest{bits_max, bits_step, run_max};
  const std::uint32_t most = widest.agreement_max();
  const std::uint32_t agreements[5] = {most, most, most, most, most};
  const score_value score = match_score(agreements, 5);
  EXPECT_EQ(score / power(most, 4), most);
  EXPECT_EQ(nearest_double(score, widest), std::pow(static_cast<double>(most) / bits_max, 5));
}

TEST(NearestDouble, GivesTheGreatestScoreOfTheUsualRule) {
  EXPECT_EQ(nearest_double(power(491'904, 5), rule{}), 25580085241547.47);
  EXPECT_EQ(nearest_double(0, rule{}), 0.0);
}

TEST(NearestDouble, RoundsTiesToEvenAndIsExactForOtherWidths) {
  const rule one{1024, 256, 1};
  const score_value tie = (score_value{1} << 54) + 2;  // halfway between two doubles
  EXPECT_EQ(nearest_double(tie, one), std::ldexp(1.0, 44));
  EXPECT_EQ(nearest_double(tie + 1, one), std::ldexp(std::ldexp(1.0, 54) + 4, -10));
  EXPECT_EQ(nearest_double(192 * 7, rule{192, 64, 1}), 7.0);
  EXPECT_EQ(nearest_double(1, rule{192, 64, 1}), 1.0 / 192);
}

TEST(ScoreLimit, IsTheGreatestIntegerThatIsNotAboveTheThreshold) {
  const rule usual{};
  EXPECT_EQ(score_limit(0, usual), 0u);
  EXPECT_EQ(score_limit(1, usual), score_value{1} << 50);
  EXPECT_EQ(score_limit(std::numeric_limits<double>::denorm_min(), usual), 0u);
  EXPECT_EQ(score_limit(std::ldexp(1.5, -50), usual), 1u);
  EXPECT_EQ(score_limit(std::numeric_limits<double>::max(), usual), ~score_value{0});
  EXPECT_EQ(score_limit(7.5, rule{192, 64, 1}), 192u * 7 + 96);
  EXPECT_EQ(score_limit(1.0 / 3, rule{192, 64, 1}), 63u);  // the double lies just below a third
}

TEST(ScoreLimit, SeparatesTheTwoDoublesAroundTheGreatestScore) {
  const score_value greatest = power(491'904, 5);
  EXPECT_GT(greatest, score_limit(25580085241547.465, rule{}));
  EXPECT_LE(greatest, score_limit(25580085241547.473, rule{}));
}

TEST(ThresholdOfSimilarity, IsTheLargestDoubleBelowTheScoreOfThatSimilarity) {
  for (const rule by :
       {rule{}, rule{512, 128, 3}, rule{192, 64, 5}, rule{8192, 64, 5}, rule{2048, 256, 1}}) {
    const double threshold = threshold_of_similarity(1, by);
    const score_value greatest = power(by.agreement_max(), by.run);
    EXPECT_GT(greatest, score_limit(threshold, by));
    const double next = std::nextafter(threshold, std::numeric_limits<double>::infinity());
    EXPECT_LE(greatest, score_limit(next, by));
  }
}

TEST(ThresholdOfSimilarity, IsStrictWhereTheBoundIsItselfADouble) {
  const rule one{1024, 256, 1};  // M = 480.375
  EXPECT_EQ(threshold_of_similarity(1, one), std::nextafter(480.375, 0));
  EXPECT_EQ(threshold_of_similarity(0.5, one), std::nextafter(240.1875, 0));
  EXPECT_GT(score_value{491'904 / 2}, score_limit(threshold_of_similarity(0.5, one), one));
}

TEST(ThresholdOfSimilarity, ReachesZeroForTheSmallestDouble) {
  EXPECT_EQ(threshold_of_similarity(std::numeric_limits<double>::denorm_min(), rule{}), 0.0);
}

TEST(SimilarityOf, IsOneForTheGreatestScoreAndInvertsTheThreshold) {
  EXPECT_DOUBLE_EQ(similarity_of(power(491'904, 5), rule{}), 1.0);
  EXPECT_NEAR(similarity_of(score_limit(threshold_of_similarity(0.8, rule{}), rule{}), rule{}), 0.8,
              1e-12);
}

TEST(Parameters, AreRefusedOutsideTheirBounds) {
  EXPECT_FALSE(out_of_range(rule{}));
  EXPECT_FALSE(out_of_range(rule{8192, 8128, 1}));
  for (const rule wrong :
       {rule{1000, 256, 5}, rule{8256, 256, 5}, rule{0, 0, 5}, rule{64, 64, 5}}) {
    EXPECT_EQ(out_of_range(wrong)->name, "bits");
  }
  for (const rule wrong : {rule{1024, 0, 5}, rule{1024, 1024, 5}, rule{1024, 100, 5}}) {
    EXPECT_EQ(out_of_range(wrong)->name, "prefix_bits");
  }
  EXPECT_EQ(out_of_range(rule{1024, 256, 0})->name, "run");
  EXPECT_EQ(out_of_range(rule{1024, 256, 6})->name, "run");
  EXPECT_FALSE(out_of_range(search_settings{}));
  EXPECT_EQ(out_of_range(search_settings{.window_seconds = 0})->name, "window_seconds");
  EXPECT_EQ(out_of_range(search_settings{.window_seconds = 604'801})->name, "window_seconds");
  EXPECT_EQ(out_of_range(search_settings{.top_k = 0})->name, "top_k");
  EXPECT_EQ(out_of_range(search_settings{.top_k = 101})->name, "top_k");
  EXPECT_EQ(out_of_range(search_settings{.min_lag_seconds = 0})->name, "min_lag_seconds");
  EXPECT_EQ(out_of_range(search_settings{.window_seconds = 9, .min_lag_seconds = 10})->name,
            "min_lag_seconds");
  EXPECT_EQ(out_of_range(search_settings{.threshold = -1})->name, "threshold");
  EXPECT_EQ(out_of_range(search_settings{.threshold = std::nan("")})->name, "threshold");
}

}  // namespace
}  // namespace reprise
