// /videos/analysis in one process; what learns is a stand-in for reprise-train.
#include "tests/api_support.hpp"
#include "tests/thread_support.hpp"
#include "tests/train_support.hpp"
#include "tests/video_support.hpp"

namespace reprise {
namespace {

constexpr const char* importance = "/videos/analysis/feature-importance";

// Answers that feature 2 is worth all, and counts how often it was asked.
std::string counting_script(const std::string& log) {
  return "cat >/dev/null; echo x >>" + log +
         "; printf '\\001\\0\\0\\0\\0\\010\\0\\0'; head -c 16 /dev/zero; "
         "printf '\\0\\0\\0\\0\\0\\0\\360\\077'; head -c 2024 /dev/zero";
}

class VideoAnalysis : public ApiRoutes {
 protected:
  VideoAnalysis() { EXPECT_TRUE(library.open()); }

  void add(const std::string& id, const std::string& actual, const std::string& predicted,
           const std::optional<std::string>& tvshow = {}) {
    video made = make_video(id);
    made.actual_label = actual;
    made.predicted_label = predicted;
    made.tvshow = tvshow;
    ASSERT_EQ(call("POST", "/videos", json_text(made)).status, 201);
  }
  void add_tellable(std::size_t count) {
    for (const video& each : tellable_videos(count)) {
      ASSERT_EQ(call("POST", "/videos", json_text(each)).status, 201);
    }
  }
  std::size_t trainings() const {
    std::ifstream log{log_};
    std::size_t lines = 0;
    for (std::string line; std::getline(log, line);) ++lines;
    return lines;
  }
  void expect_insufficient(const std::string& target, const std::string& said) {
    const auto answer = call("GET", target);
    EXPECT_EQ(answer.status, 422) << target;
    EXPECT_EQ(code_of(answer), "data_insufficient");
    EXPECT_NE(answer.body.find(said), std::string::npos) << answer.body;
  }

  std::string log_ = directory.path() + "/trainings";
  stand_in helper_{counting_script(log_)};
};

TEST_F(VideoAnalysis, ComparesPredictedLabelsWithActualOnes) {
  add("a", "advert", "advert");
  add("b", "advert", "promo", "news");
  add("c", "promo", "promo", "news");
  EXPECT_EQ(call("GET", "/videos/analysis/confusion-matrix").body,
            R"({"labels":["advert","promo"],"matrix":[[1,1],[0,1]]})");
  EXPECT_EQ(call("GET", "/videos/analysis/confusion-matrix?tvshow=news").body,
            R"({"labels":["advert","promo"],"matrix":[[0,1],[0,1]]})");
  const json metrics = json_of(call("GET", "/videos/analysis/performance-metrics"));
  EXPECT_EQ(metrics["accuracy"], 2.0 / 3);
  EXPECT_EQ(metrics["labels"]["promo"]["precision"], 0.5);
  EXPECT_EQ(json_of(call("GET", "/videos/analysis/performance-metrics?tvshow=news"))["accuracy"],
            0.5);
}

TEST_F(VideoAnalysis, SaysThatALibraryIsTooSmallOrHasOneLabel) {
  const std::string all[] = {"/videos/analysis/confusion-matrix",
                             "/videos/analysis/performance-metrics"};
  for (const std::string& each : all) expect_insufficient(each, "too small");
  expect_insufficient(importance, "8 labelled videos at least; there are 0");
  for (int i = 0; i < 8; ++i) add(named("v", std::uint64_t(i)), "advert", "advert");
  for (const std::string& each : all) {
    expect_insufficient(each, "one label");
    expect_insufficient(each + "?tvshow=none", "too small");
  }
  expect_insufficient(importance, "one label");
  EXPECT_EQ(trainings(), 0u);
}

TEST_F(VideoAnalysis, LearnsWhatFeaturesAreWorth) {
  add_tellable(20);
  const auto answer = call("GET", std::string{importance} + "?top=2");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body,
            R"({"model":"gbm","features":[{"feature":2,"gain":1},{"feature":0,"gain":0}]})");
  EXPECT_EQ(json_of(call("GET", importance))["features"].size(), 256u);
  EXPECT_EQ(json_of(call("GET", std::string{importance} + "?model=forest"))["model"], "forest");
  const std::string text = call("GET", "/metrics").body;
  EXPECT_NE(text.find("\nreprise_library_trainings_total{result=\"learnt\"} 2\n"), text.npos);
  EXPECT_NE(text.find("\nreprise_library_training_seconds_count 2\n"), text.npos);
  EXPECT_NE(text.find("\nreprise_library_trainings_waiting_limit 4\n"), text.npos);
}

TEST_F(VideoAnalysis, KeepsWhatWasLearntUntilTheLibraryChanges) {
  add_tellable(20);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call("GET", importance).status, 200);
  EXPECT_EQ(trainings(), 1u);
  add("new", "advert", "advert");
  EXPECT_EQ(call("GET", importance).status, 200);
  EXPECT_EQ(trainings(), 2u);
}

TEST_F(VideoAnalysis, SaysWhereToAskAgainWhenATrainingTakesLong) {
  for (video each : tellable_videos(20)) {
    each.tvshow = "late caf\xc3\xa9 50%";
    ASSERT_EQ(call("POST", "/videos", json_text(each)).status, 201);
  }
  trainer.set_delay(std::chrono::seconds{5});
  const auto begun = world.time.clock().steady();
  const auto answer =
      call("GET", std::string{importance} + "?model=forest&top=3&tvshow=late caf\xc3\xa9 50%");
  EXPECT_EQ(answer.status, 202);
  EXPECT_GE(world.time.clock().steady() - begun, std::chrono::seconds{2});
  EXPECT_LT(world.time.clock().steady() - begun, std::chrono::seconds{3});
  const std::string url =
      std::string{importance} + "?model=forest&top=3&tvshow=late%20caf%C3%A9%2050%25&revision=20";
  EXPECT_EQ(json_of(answer), (json{{"status", "training"}, {"url", url}}));
  EXPECT_EQ(answer.headers.at(0).name, "Location");
  EXPECT_EQ(answer.headers.at(0).value, url);
  // The library goes on changing; what was asked for then will do.
  add("new", "advert", "advert", "late caf\xc3\xa9 50%");
  world.run_for(std::chrono::seconds{5});
  const auto known = call("GET", std::string{importance} +
                                     "?model=forest&top=3&tvshow=late caf\xc3\xa9 50%&revision=20");
  EXPECT_EQ(known.status, 200) << known.body;
  EXPECT_EQ(json_of(known)["features"].size(), 3u);
  EXPECT_EQ(trainings(), 1u);
}

TEST_F(VideoAnalysis, RefusesParametersThatMakeNoSense) {
  for (const auto& [query, code, field] :
       std::initializer_list<std::tuple<std::string, std::string, std::string>>{
           {"model=svm", "invalid_field", "model"},
           {"top=0", "out_of_range", "top"},
           {"top=257", "out_of_range", "top"},
           {"top=x", "invalid_field", "top"},
           {"revision=-1", "out_of_range", "revision"},
           {"revision=1", "out_of_range", "revision"},
           {"tvshow=", "invalid_field", "tvshow"}}) {
    const auto answer = call("GET", std::string{importance} + "?" + query);
    EXPECT_EQ(answer.status, 422) << query;
    EXPECT_EQ(code_of(answer), code) << query;
    EXPECT_EQ(field_of(answer), field) << query;
  }
}

TEST_F(VideoAnalysis, SaysThatTheHelperIsMissingOrFailed) {
  add_tellable(20);
  {
    const stand_in crashing{"kill -SEGV $$"};
    const auto failed = call("GET", importance);
    EXPECT_EQ(failed.status, 500);
    EXPECT_EQ(code_of(failed), "internal");
  }
  setenv("REPRISE_LIBEXEC", "/nowhere", 1);
  const auto missing = call("GET", importance);
  EXPECT_EQ(missing.status, 501);
  EXPECT_EQ(code_of(missing), "helper_missing");
}

TEST_F(VideoAnalysis, EndsTrainingsWhenTheServiceStops) {
  add_tellable(20);
  library.cancel();
  const auto ended = call("GET", importance);
  EXPECT_EQ(ended.status, 503);
  EXPECT_EQ(code_of(ended), "stopping");
}

TEST_F(VideoAnalysis, LetsNoMoreTrainingsWaitThanTheBound) {
  add_tellable(20);
  trainer.set_delay(std::chrono::seconds{100});
  std::vector<api_response> answers;
  for (std::size_t i = 0; i < training_desk::waiting_max + 2; ++i) {
    answers.push_back(call("GET", std::string{importance} + "?tvshow=" + std::to_string(i)));
  }
  for (std::size_t i = 0; i <= training_desk::waiting_max; ++i) EXPECT_EQ(answers[i].status, 202);
  EXPECT_EQ(answers.back().status, 503);
  EXPECT_EQ(code_of(answers.back()), "overloaded");
}

// The helper is its child, and lowered itself.
TEST(LibraryThreads, TrainAtTheLowestPriorityAndDoNothingElseSo) {
  library_threads threads;
  EXPECT_TRUE(priority_of(threads.trainer).is_lowest());
  for (worker_thread* each : {&threads.uploads, &threads.writer, &threads.reader}) {
    EXPECT_EQ(priority_of(*each).policy, ::sched_getscheduler(0));
  }
}

}  // namespace
}  // namespace reprise
