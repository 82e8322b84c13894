// The figures of a library, beside those of scikit-learn (data/library).
#include "host/library/analysis.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include <nlohmann/json.hpp>

namespace reprise {
namespace {

using nlohmann::json;

json scikit_learn() {
  std::ifstream file{REPRISE_TEST_DATA "/library/scikit_learn.json"};
  return json::parse(file).at("cases");
}

label_counts counts_of(const json& pairs) {
  label_counter counter;
  for (const json& pair : pairs) {
    EXPECT_TRUE(counter.add(pair[0].get<std::string>(), pair[1].get<std::string>()));
  }
  return counter.finish();
}

void expect_near(const json& shown, const json& wanted, const std::string& where) {
  ASSERT_EQ(shown.is_object(), wanted.is_object()) << where;
  if (!wanted.is_object()) {
    EXPECT_NEAR(shown.get<double>(), wanted.get<double>(), analysis_tolerance) << where;
    return;
  }
  ASSERT_EQ(shown.size(), wanted.size()) << where;
  for (const auto& [name, value] : wanted.items()) {
    ASSERT_TRUE(shown.contains(name)) << where << name;
    expect_near(shown[name], value, where + "/" + name);
  }
}

TEST(Analysis, AgreesWithScikitLearn) {
  std::size_t compared = 0;
  for (const json& each : scikit_learn()) {
    SCOPED_TRACE(each.at("name"));
    const label_counts counts = counts_of(each.at("pairs"));
    const auto matrix = make_confusion_matrix(counts);
    ASSERT_TRUE(matrix) << matrix.error().what;
    const json shown = json::parse(json_of(*matrix));
    EXPECT_EQ(shown, (json{{"labels", each.at("labels")}, {"matrix", each.at("matrix")}}));
    const auto metrics = make_performance_metrics(counts);
    ASSERT_TRUE(metrics) << metrics.error().what;
    expect_near(json::parse(json_of(*metrics)), each.at("metrics"), "");
    ++compared;
  }
  EXPECT_EQ(compared, 6U);
}

TEST(Analysis, ShowsItsLabelsInOrder) {
  label_counter counter;
  ASSERT_TRUE(counter.add("b", "a", 3));
  ASSERT_TRUE(counter.add("a", "a"));
  const label_counts counts = counter.finish();
  EXPECT_EQ(json_of(*make_confusion_matrix(counts)),
            R"({"labels":["a","b"],"matrix":[[1,0],[3,0]]})");
  EXPECT_EQ(json_of(*make_performance_metrics(counts)).substr(0, 100),
            R"({"accuracy":0.25,"labels":{"a":{"precision":0.25,"recall":1,"f1":0.4,"support":1},)"
            R"("b":{"precision":0)");
}

TEST(Analysis, SaysThatALibraryIsTooSmallOrHasOneLabel) {
  label_counter counter;
  for (const char* said : {"too small", "one label"}) {
    const auto matrix = make_confusion_matrix(counter.finish());
    ASSERT_FALSE(matrix);
    EXPECT_EQ(matrix.error().code, errc::data_insufficient);
    EXPECT_NE(matrix.error().what.find(said), std::string::npos) << matrix.error().what;
    const auto metrics = make_performance_metrics(counter.finish());
    ASSERT_FALSE(metrics);
    EXPECT_EQ(metrics.error().what, matrix.error().what);
    ASSERT_TRUE(counter.add("a", "a"));
  }
}

TEST(Analysis, TakesAtMostAThousandLabels) {
  label_counter counter;
  for (std::size_t i = 0; i < labels_max; ++i) {
    ASSERT_TRUE(counter.add("label " + std::to_string(i), "label 0"));
  }
  EXPECT_EQ(make_confusion_matrix(counter.finish())->matrix.size(), labels_max);
  const auto more = counter.add("label 0", "one more");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, errc::parameter_out_of_range);
}

}  // namespace
}  // namespace reprise
