#include "host/training_desk.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "host/simulated_time.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using train::model;

constexpr auto training_takes = 10s;

// A training takes ten seconds and learns the library as it is when it begins.
class TrainingDesk : public ::testing::Test {
 protected:
  struct told_of {
    std::size_t times = 0;
    std::optional<outcome<trained>> what;
  };

  training_key of(const std::string& tvshow, model asked = model::gbm) { return {asked, tvshow}; }
  training_desk::answer ask(const training_key& key, std::int64_t revision,
                            const std::string& who = "nobody") {
    return desk_.ask(key, revision, [this, who](const outcome<trained>& what) {
      ++told_[who].times;
      told_[who].what = what;
    });
  }
  std::uint64_t ticket(const training_desk::answer& answered) {
    return std::get<training_desk::running>(answered).ticket;
  }
  static bool runs(const training_desk::answer& answered) {
    return std::holds_alternative<training_desk::running>(answered);
  }
  // Not told yet: nothing.
  std::optional<std::int64_t> revision_told(const std::string& who) {
    const auto& what = told_[who].what;
    if (!what || !*what) return std::nullopt;
    return (*what)->revision;
  }

  simulated_scheduler time_{start_of_tick(1'700'000'000)};
  simulated_executor worker_{time_, training_takes};
  std::int64_t library_ = 1;  // its revision
  std::optional<failure> wrong_;
  std::vector<std::string> trainings_;
  std::map<std::string, told_of> told_;
  training_desk desk_{time_, worker_, [this](const training_key& key) -> outcome<trained> {
                        trainings_.push_back(key.tvshow);
                        if (wrong_) return *wrong_;
                        if (library_ == 0) throw std::bad_alloc{};
                        return trained{library_, {0.25, 0.75}};
                      }};
};

TEST_F(TrainingDesk, TellsWhoAskedOnceItIsDone) {
  EXPECT_TRUE(runs(ask(of("news"), 1, "a")));
  time_.run_for(training_takes - 1s);
  EXPECT_EQ(told_["a"].times, 0u);
  time_.run_for(1s);
  EXPECT_EQ(told_["a"].times, 1u);
  EXPECT_EQ(**told_["a"].what, (trained{1, {0.25, 0.75}}));
}

TEST_F(TrainingDesk, KeepsWhatItLearntUntilTheLibraryChanges) {
  (void)ask(of("news"), 1);
  time_.run_for(training_takes);
  EXPECT_EQ(std::get<trained>(ask(of("news"), 1)).revision, 1);
  EXPECT_EQ(std::get<trained>(ask(of("news"), 0)).revision, 1);
  EXPECT_EQ(trainings_.size(), 1u);
  library_ = 2;
  EXPECT_TRUE(runs(ask(of("news"), 2, "b")));
  time_.run_for(training_takes);
  EXPECT_EQ(revision_told("b"), 2);
  EXPECT_EQ(std::get<trained>(ask(of("news"), 1)).revision, 2);
  EXPECT_EQ(trainings_.size(), 2u);
}

TEST_F(TrainingDesk, FailsWhereThereIsNoMemoryForIt) {
  library_ = 0;
  (void)ask(of("news"), 0, "a");
  time_.run_for(training_takes);
  ASSERT_TRUE(told_["a"].what && !*told_["a"].what);
  EXPECT_EQ(told_["a"].what->error().code, errc::host_memory);
}

// As where somebody has put an older file in its place.
TEST_F(TrainingDesk, FailsWhereTheLibraryIsOlderThanWasAskedFor) {
  (void)ask(of("news"), 2, "a");
  time_.run_for(training_takes);
  ASSERT_TRUE(told_["a"].what);
  ASSERT_FALSE(*told_["a"].what);
  EXPECT_EQ(told_["a"].what->error().code, errc::io_failed);
  EXPECT_TRUE(runs(ask(of("news"), 1, "b"))) << "what came is not kept";
}

TEST_F(TrainingDesk, KeepsOneAnswerForEachModelAndShow) {
  (void)ask(of("news"), 1);
  time_.run_for(training_takes);
  EXPECT_TRUE(runs(ask(of("news", model::forest), 1)));
  EXPECT_TRUE(runs(ask(of(""), 1)));
}

TEST_F(TrainingDesk, LetsWhoAsksMeanwhileJoin) {
  (void)ask(of("news"), 1, "a");
  time_.run_for(1s);
  EXPECT_TRUE(runs(ask(of("news"), 1, "b")));
  time_.run_for(training_takes);
  EXPECT_EQ(revision_told("a"), 1);
  EXPECT_EQ(revision_told("b"), 1);
  EXPECT_EQ(trainings_.size(), 1u);
}

TEST_F(TrainingDesk, TrainsOnceMoreForWhoAsksForALaterRevisionMeanwhile) {
  worker_.set_delay(0s);  // the library is read at once, the answer comes in the next task
  (void)ask(of("news"), 1, "a");
  (void)ask(of("news"), 2, "b");
  (void)ask(of("news"), 2, "c");
  EXPECT_FALSE(revision_told("a"));
  worker_.set_delay(training_takes);
  time_.run_ready();
  EXPECT_EQ(revision_told("a"), 1);
  EXPECT_FALSE(revision_told("b"));
  library_ = 2;
  time_.run_for(training_takes);
  EXPECT_EQ(revision_told("b"), 2);
  EXPECT_EQ(revision_told("c"), 2);
  EXPECT_EQ(told_["a"].times, 1u);
  EXPECT_EQ(trainings_.size(), 2u);
}

TEST_F(TrainingDesk, SparesATrainingWhoseRevisionWasSeenAlready) {
  (void)ask(of("news"), 1, "a");
  (void)ask(of("news"), 2, "b");
  library_ = 2;
  time_.run_for(3 * training_takes);
  EXPECT_EQ(revision_told("a"), 2);
  EXPECT_EQ(revision_told("b"), 2);
  EXPECT_EQ(trainings_.size(), 1u);
}

TEST_F(TrainingDesk, RunsOneAtATimeInTheOrderAsked) {
  for (const char* show : {"a", "b", "c"}) (void)ask(of(show), 1, show);
  time_.run_for(training_takes);
  EXPECT_TRUE(revision_told("a"));
  EXPECT_FALSE(revision_told("b"));
  time_.run_for(training_takes);
  EXPECT_TRUE(revision_told("b"));
  EXPECT_FALSE(revision_told("c"));
  time_.run_for(training_takes);
  EXPECT_EQ(trainings_, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(TrainingDesk, RefusesWhereTooManyTrainingsWait) {
  for (std::size_t i = 0; i <= training_desk::waiting_max; ++i) {
    EXPECT_TRUE(runs(ask(of(std::to_string(i)), 1)));
  }
  EXPECT_EQ(std::get<failure>(ask(of("one more"), 1)).code, errc::overloaded);
  EXPECT_TRUE(runs(ask(of("4"), 1)));  // joins one that waits
  EXPECT_EQ(std::get<failure>(ask(of("0"), 2)).code, errc::overloaded);
  time_.run_for(training_takes);
  EXPECT_TRUE(runs(ask(of("one more"), 1)));
}

TEST_F(TrainingDesk, RefusesWhereTooManyWaitForOne) {
  for (std::size_t i = 0; i < training_desk::listeners_max; ++i) {
    ASSERT_TRUE(runs(ask(of("news"), 1)));
  }
  EXPECT_EQ(std::get<failure>(ask(of("news"), 1)).code, errc::overloaded);
  time_.run_for(training_takes);
  EXPECT_EQ(told_["nobody"].times, training_desk::listeners_max);
}

TEST_F(TrainingDesk, TellsNobodyWhoWaitsNoMoreButKeepsWhatItLearns) {
  desk_.forget(ticket(ask(of("news"), 1, "a")));
  (void)ask(of("news"), 1, "b");
  time_.run_for(training_takes);
  EXPECT_EQ(told_["a"].times, 0u);
  EXPECT_EQ(told_["b"].times, 1u);
  EXPECT_EQ(std::get<trained>(ask(of("news"), 1)).revision, 1);
}

TEST_F(TrainingDesk, TellsAFailureToAllWhoWaitAndTriesAgainForTheNext) {
  wrong_ = failure{errc::helper_failed, "it crashed"};
  (void)ask(of("news"), 1, "a");
  (void)ask(of("news"), 1, "b");
  time_.run_for(training_takes);
  for (const char* who : {"a", "b"}) {
    ASSERT_TRUE(told_[who].what);
    EXPECT_EQ(told_[who].what->error().what, "it crashed");
  }
  wrong_.reset();
  EXPECT_TRUE(runs(ask(of("news"), 1, "c")));
  time_.run_for(training_takes);
  EXPECT_EQ(revision_told("c"), 1);
}

TEST_F(TrainingDesk, TellsAFailureThatSomebodyDidNotWaitForToTheNextWhoAsksAndTriesThenAgain) {
  wrong_ = failure{errc::helper_failed, "it crashed"};
  desk_.forget(ticket(ask(of("news"), 1)));
  time_.run_for(training_takes);
  EXPECT_EQ(std::get<failure>(ask(of("news"), 1)).what, "it crashed");
  EXPECT_TRUE(runs(ask(of("news"), 1)));
}

TEST_F(TrainingDesk, TellsNoFailureOfAnEarlierRevision) {
  wrong_ = failure{errc::data_insufficient, "one label"};
  desk_.forget(ticket(ask(of("news"), 1)));
  time_.run_for(training_takes);
  EXPECT_TRUE(runs(ask(of("news"), 2)));
}

TEST_F(TrainingDesk, KeepsTheKeysAskedForLast) {
  worker_.set_delay(0s);
  for (std::size_t i = 0; i < training_desk::keys_max; ++i) {
    (void)ask(of(std::to_string(i)), 1);
    time_.run_ready();
  }
  EXPECT_FALSE(runs(ask(of("0"), 1)));
  (void)ask(of("one more"), 1);
  time_.run_ready();
  EXPECT_FALSE(runs(ask(of("0"), 1)));
  EXPECT_TRUE(runs(ask(of("1"), 1)));  // the one asked for longest ago has gone
}

TEST_F(TrainingDesk, TakesQuestionsFromThoseWhomItTells) {
  bool asked_again = false;
  (void)desk_.ask(of("news"), 1, [&](const outcome<trained>&) {
    asked_again = std::holds_alternative<trained>(ask(of("news"), 1)) && runs(ask(of("b"), 1, "b"));
  });
  time_.run_for(2 * training_takes);
  EXPECT_TRUE(asked_again);
  EXPECT_TRUE(revision_told("b"));
}

TEST(TrainingDeskEnd, TellsNobodyOnceItIsGone) {
  simulated_scheduler time{start_of_tick(1'700'000'000)};
  simulated_executor worker{time, training_takes};
  bool told = false;
  {
    training_desk desk{time, worker, [](const training_key&) -> outcome<trained> {
                         return trained{1, {1}};
                       }};
    (void)desk.ask({}, 1, [&](const outcome<trained>&) { told = true; });
    time.run_for(1s);
  }
  time.run_for(training_takes);
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace reprise
