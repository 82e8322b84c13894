// The k best against a full sort, for scores that rise, fall, are equal or random.
#include "host/match/best_matches.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace reprise {
namespace {

std::vector<match> k_best_of(const std::vector<match>& offered, std::uint32_t k,
                             score_value limit) {
  const auto best = std::make_unique<best_matches>();
  best->reset(k, limit);
  for (const match& each : offered) {
    const std::uint32_t factors[run_max] = {static_cast<std::uint32_t>(each.score)};
    best->offer(each, factors, 1);
  }
  const auto sorted = best->sorted();
  return {sorted.begin(), sorted.end()};
}

TEST(BestMatches, EqualsAStableSortWhateverTheOrderOfScores) {
  std::mt19937_64 random{7};
  for (std::uint32_t k : {1u, 2u, 10u, 100u}) {
    for (std::uint32_t count : {0u, 1u, 9u, 300u, 5000u}) {
      for (int shape = 0; shape < 4; ++shape) {
        std::vector<match> offered;
        for (std::uint32_t i = 0; i < count; ++i) {
          const std::uint64_t scores[] = {i, count - i, 5, random() % 50};
          offered.push_back({i + 1, scores[shape]});
        }
        std::vector<match> expected = offered;
        std::erase_if(expected, [](const match& each) { return each.score <= 3; });
        std::stable_sort(expected.begin(), expected.end(),
                         [](const match& a, const match& b) { return a.score > b.score; });
        expected.resize(std::min<std::size_t>(k, expected.size()));
        EXPECT_EQ(k_best_of(offered, k, 3), expected) << k << " of " << count << ", " << shape;
      }
    }
  }
}

TEST(BestMatches, RaisesItsLimitToTheKthScoreAndNamesItsFactors) {
  const auto best = std::make_unique<best_matches>();
  best->reset(2, 0);
  const std::uint32_t factors[run_max] = {3, 4};
  EXPECT_FALSE(best->is_full());
  for (std::uint32_t lag = 1; lag < 1000; ++lag) best->offer({lag, 12}, factors, 2);
  ASSERT_TRUE(best->is_full());
  EXPECT_EQ(best->limit(), 12u);
  EXPECT_EQ(best->limit_factors()[0], 3u);
  EXPECT_EQ(best->limit_factors()[1], 4u);
  EXPECT_EQ(best->sorted()[1].lag_seconds, 2u);
}

}  // namespace
}  // namespace reprise
