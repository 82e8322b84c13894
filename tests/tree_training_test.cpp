// reprise-train itself, asked as the service asks it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "host/feature_importance.hpp"
#include "host/helper_process.hpp"
#include "tests/train_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using train::model;

constexpr auto long_enough = 60s;

std::size_t greatest(const std::vector<double>& gains) {
  return static_cast<std::size_t>(std::max_element(gains.begin(), gains.end()) - gains.begin());
}

class TreeTraining : public ::testing::TestWithParam<model> {};

TEST_P(TreeTraining, FindsThePlantedFeatureOfTwoLabels) {
  const auto gains = feature_gains(plant(200, 2).table(), GetParam(), 1);
  ASSERT_TRUE(gains) << gains.error().what;
  ASSERT_EQ(gains->size(), 256u);
  EXPECT_EQ(greatest(*gains), 17u);
  EXPECT_NEAR(std::accumulate(gains->begin(), gains->end(), 0.0), 1, 1e-12);
}

TEST_P(TreeTraining, FindsThePlantedFeatureOfManyLabelsWithFewRowsEach) {
  const auto gains = feature_gains(plant(120, 60, 5, 18).table(), GetParam(), 1);
  ASSERT_TRUE(gains) << gains.error().what;
  EXPECT_EQ(greatest(*gains), 17u);
}

TEST_P(TreeTraining, FindsThePlantedFeatureInTheSmallestTable) {
  const auto gains = feature_gains(plant(training_rows_min, 2, 5, 18).table(), GetParam(), 1);
  ASSERT_TRUE(gains) << gains.error().what;
  EXPECT_EQ(greatest(*gains), 17u);
}

TEST_P(TreeTraining, GivesTheSameBytesForTheSameData) {
  const planted_rows rows = plant(300, 3, 0.5, 64);
  const auto once = feature_gains(rows.table(), GetParam(), 7);
  const auto again = feature_gains(rows.table(), GetParam(), 7);
  ASSERT_TRUE(once);
  ASSERT_TRUE(again);
  EXPECT_EQ(*once, *again);
}

TEST_P(TreeTraining, HoldsTheLargestNumbers) {
  planted_rows rows = plant(100, 2, 0, 32);
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    rows.rows[i][17] = rows.label(i) == 0 ? -1e308 : 1e308;
  }
  const auto gains = feature_gains(rows.table(), GetParam(), 1);
  ASSERT_TRUE(gains) << gains.error().what;
  EXPECT_EQ(greatest(*gains), 17u);
}

TEST_P(TreeTraining, SaysThatNoFeatureTellsTheLabelsApart) {
  planted_rows rows = plant(100, 3, 0, 8 + 16);
  for (auto& row : rows.rows) std::fill(row.begin(), row.end(), 0.25);
  const auto gains = feature_gains(rows.table(), GetParam(), 1);
  ASSERT_FALSE(gains);
  EXPECT_EQ(gains.error().code, errc::data_insufficient);
  EXPECT_EQ(gains.error().what, "no feature tells the labels apart");
}

TEST_P(TreeTraining, SaysThatItNeedsMoreMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer reserves more address space than any limit leaves";
#endif
  const auto gains = feature_gains(plant(20'000, 2).table(), GetParam(), 1,
                                   {.memory_bytes_max = std::uint64_t{60} << 20});
  ASSERT_FALSE(gains);
  EXPECT_EQ(gains.error().code, errc::helper_failed);
  EXPECT_EQ(gains.error().what, "reprise-train needs more than its limit of 60 MiB");
}

INSTANTIATE_TEST_SUITE_P(Models, TreeTraining, ::testing::Values(model::gbm, model::forest),
                         [](const auto& named) { return std::string{to_string(named.param)}; });

TEST(TreeTrainingSeed, ChangesAForest) {
  const planted_rows rows = plant(300, 2, 0.5, 64);
  const auto one = feature_gains(rows.table(), model::forest, 7);
  const auto other = feature_gains(rows.table(), model::forest, 8);
  ASSERT_TRUE(one);
  ASSERT_TRUE(other);
  EXPECT_NE(*one, *other);
}

TEST(TreeTrainingProgram, RefusesGarbageWithAMessage) {
  struct {
    std::string input;
    const char* text;
  } garbage[] = {{"", "within its header"},
                 {"short", "within its header"},
                 {std::string(100'000, '\xff'), "no request for a training"}};
  for (const auto& each : garbage) {
    auto helper = helper_process::start(helper_path("reprise-train"), {"0"}, {.has_input = true});
    ASSERT_TRUE(helper);
    const auto sent = helper->write(std::as_bytes(std::span{each.input}), long_enough);
    if (!sent) {
      EXPECT_EQ(sent.error().code, errc::output_closed);
    }
    helper->close_input();
    std::array<std::byte, 1024> buffer;
    const auto got = helper->read(buffer, long_enough);
    ASSERT_TRUE(got);
    const auto reply = train::decode_reply(std::span{buffer}.first(*got), 256);
    ASSERT_TRUE(reply);
    const auto& said = std::get<train::failed>(*reply);
    EXPECT_EQ(said.why, train::reason::request);
    EXPECT_NE(said.text.find(each.text), std::string::npos) << said.text;
    EXPECT_TRUE(helper->finish(long_enough));
  }
}

TEST(TreeTrainingProgram, TakesOneLimitAndNothingElse) {
  const std::vector<std::string> wrong[] = {{}, {"-1"}, {"4G"}, {"0", "more"}};
  for (const auto& arguments : wrong) {
    auto helper = helper_process::start(helper_path("reprise-train"), arguments);
    ASSERT_TRUE(helper);
    const auto ended = helper->finish(long_enough);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().what, "reprise-train ended with status 2");
  }
}

}  // namespace
}  // namespace reprise
