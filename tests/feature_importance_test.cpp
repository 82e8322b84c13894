// The side that asks, with stand-ins for reprise-train that fail in every way.
#include "host/feature_importance.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <string>

#include "tests/train_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using train::model;

void expect_failure(const outcome<std::vector<double>>& got, errc code, const std::string& text) {
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, code) << got.error().what;
  EXPECT_NE(got.error().what.find(text), std::string::npos) << got.error().what;
}

TEST(FeatureImportance, TakesNoTableThatTellsNothing) {
  const stand_in never{"exit 9"};
  expect_failure(feature_gains(plant(7, 2).table(), model::gbm, 1), errc::data_insufficient,
                 "8 labelled videos at least; there are 7");
  expect_failure(feature_gains(plant(20, 1).table(), model::gbm, 1), errc::data_insufficient,
                 "one label");
  const training_table vast{train::rows_max + 1, 256, 2, {}};
  expect_failure(feature_gains(vast, model::gbm, 1), errc::parameter_out_of_range,
                 "1 to 100000 rows, not 100001");
}

TEST(FeatureImportance, TakesNoTableUnlikeTheOneAnnounced) {
  const stand_in reader{"cat >/dev/null"};
  const planted_rows rows = plant(20, 2);
  for (const std::uint32_t announced : {19u, 21u}) {
    training_table table = rows.table();
    table.rows = announced;
    expect_failure(feature_gains(table, model::gbm, 1), errc::parameter_out_of_range, "was given");
  }
  training_table table = rows.table();
  table.features = 255;
  expect_failure(feature_gains(table, model::gbm, 1), errc::parameter_out_of_range, "row 1 is not");
}

TEST(FeatureImportance, PassesOnAFailureOfTheVisit) {
  const stand_in reader{"cat >/dev/null"};
  const training_table table{20, 256, 2, [](const row_taker&) -> outcome<void> {
                               return failure{errc::io_failed, "library.db: gone"};
                             }};
  expect_failure(feature_gains(table, model::gbm, 1), errc::io_failed, "library.db: gone");
}

TEST(FeatureImportance, SaysThatTheHelperIsMissing) {
  setenv("REPRISE_LIBEXEC", "/nowhere", 1);
  const auto got = feature_gains(plant(20, 2).table(), model::gbm, 1);
  unsetenv("REPRISE_LIBEXEC");
  expect_failure(got, errc::helper_missing, "reprise-train is not installed");
}

TEST(FeatureImportance, NeverTakesACrashForAnAnswer) {
  const planted_rows rows = plant(20, 2);
  struct {
    const char* script;
    const char* text;
  } ends[] = {
      {"cat >/dev/null; kill -SEGV $$", "ended by signal 11"},
      {"kill -SEGV $$", "ended by signal 11"},
      {"cat >/dev/null; exit 3", "ended with status 3"},
      {"cat >/dev/null", "an answer that is none"},
      {"cat >/dev/null; echo Segmentation fault", "an answer that is none"},
      {"cat >/dev/null; head -c 9000 /dev/zero", "more than any answer"},
      {"cat >/dev/null; printf '\\002\\0\\0\\0\\006\\0\\0\\0\\004\\0\\0\\0no'",
       "reprise-train: no"},
      {"cat >/dev/null; printf '\\002\\0\\0\\0\\004\\0\\0\\0\\003\\0\\0\\0'",
       "more than its limit of 4096 MiB"},
  };
  for (const auto& end : ends) {
    const stand_in helper{end.script};
    expect_failure(feature_gains(rows.table(), model::gbm, 1), errc::helper_failed, end.text);
  }
}

TEST(FeatureImportance, TellsWhyAHelperReadNoMore) {
  const stand_in helper{"printf '\\002\\0\\0\\0\\006\\0\\0\\0\\002\\0\\0\\0no'"};
  expect_failure(feature_gains(plant(4'000, 2).table(), model::gbm, 1), errc::helper_failed,
                 "reprise-train: no");
}

TEST(FeatureImportance, StopsAHelperThatGetsNowhere) {
  const planted_rows rows = plant(4'000, 2);  // more than any pipe holds
  const stand_in helper{"exec sleep 600"};
  expect_failure(feature_gains(rows.table(), model::gbm, 1, {.silence_max = 200ms}),
                 errc::helper_failed, "got nowhere");
  expect_failure(feature_gains(rows.table(), model::gbm, 1, {.run_max = 200ms}),
                 errc::helper_failed, "was not done after");
}

TEST(FeatureImportance, StopsAHelperThatDoesNotEnd) {
  const stand_in helper{"cat >/dev/null; exec >&-; exec sleep 600"};
  expect_failure(feature_gains(plant(20, 2).table(), model::gbm, 1, {.silence_max = 200ms}),
                 errc::helper_failed, "did not end");
}

// It looks once it was spoken to: its priority is set once it has started.
TEST(FeatureImportance, IsLearntAtTheLowestPriority) {
  const temporary_directory place;
  const std::string seen = place.path() + "/policy";
  const stand_in helper{"cat >/dev/null; cut -d' ' -f41 /proc/$$/stat >" + seen};
  EXPECT_FALSE(feature_gains(plant(20, 2).table(), model::gbm, 1));
  int policy = -1;
  std::ifstream{seen} >> policy;
  EXPECT_EQ(policy, SCHED_IDLE);
}

TEST(FeatureImportance, IsCancelled) {
  const stand_in helper{"exec sleep 600"};
  const auto cancel = make_cancel_signal().value();
  cancel->cancel();
  expect_failure(feature_gains(plant(20, 2).table(), model::gbm, 1, {}, cancel.get()),
                 errc::stopping, "no longer wanted");
}

TEST(ImportanceJson, NamesTheGreatestFirstAndOfEqualOnesTheLowerNumber) {
  const std::vector<double> gains{0, 0.125, 0.625, 0.125, 0.125};
  EXPECT_EQ(importance_json(model::gbm, gains, 3),
            R"({"model":"gbm","features":[{"feature":2,"gain":0.625},)"
            R"({"feature":1,"gain":0.125},{"feature":3,"gain":0.125}]})");
}

TEST(ImportanceJson, NamesAllWhereMoreAreAskedFor) {
  const std::vector<double> gains{0, 1};
  EXPECT_EQ(importance_json(model::forest, gains, 256),
            R"({"model":"forest","features":[{"feature":1,"gain":1},{"feature":0,"gain":0}]})");
  EXPECT_EQ(importance_json(model::forest, gains, 0), R"({"model":"forest","features":[]})");
}

}  // namespace
}  // namespace reprise
