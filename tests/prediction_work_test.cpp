// The workers, in simulated time, over a real queue on a disk that can fail.
#include "tests/prediction_work_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

class PredictionWork : public prediction_work_fixture {};

TEST_F(PredictionWork, LooksAtOnceAtWhatIsPutAndPutsDownWhatItSees) {
  begin(2);
  put_and_wake("a");
  time_.run_for(6ms);
  const auto shown = get("a");
  EXPECT_EQ(shown->status, job_status::done);
  EXPECT_EQ(shown->result, (classification{"advert", 0.5}));
  EXPECT_EQ(changes_["a"], (words{"running", "done"}));
  EXPECT_EQ(counts().image_bytes, 0U);
}

TEST_F(PredictionWork, TakesUpWhatWasPutBeforeItStarted) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put("job" + std::to_string(i)));
  begin(2);
  time_.run_for(100ms);
  EXPECT_EQ(counts().jobs[2], 20U);
  EXPECT_EQ(eyes_.looks.size(), 20U);
  EXPECT_EQ(eyes_.most, 2U) << "as many at once as there are slots";
}

TEST_F(PredictionWork, TriesOneThatFailedAgainAndLeavesTheOthersAlone) {
  eyes_.sees = [](const taken_job& of) {
    if (of.lease.uuid == "bad" && of.tries == 1) {
      return prediction_outcome{prediction_fault{prediction_reason::helper_failed, "it crashed"}};
    }
    return prediction_outcome{classification{"advert", 1}};
  };
  begin(2);
  for (const char* each : {"a", "bad", "b"}) put_and_wake(each);
  time_.run_for(20ms);
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{1, 0, 2, 0}));
  EXPECT_EQ(status_of("bad"), job_status::queued);
  time_.run_for(3s);
  EXPECT_EQ(status_of("bad"), job_status::done);
  EXPECT_EQ(get("bad")->tries, 2U);
  EXPECT_EQ(changes_["bad"], (words{"running", "queued", "running", "done"}));
}

TEST_F(PredictionWork, SetsAsideWhatFailsFiveTimes) {
  eyes_.sees = [](const taken_job&) {
    return prediction_outcome{prediction_fault{prediction_reason::timeout, "it took too long"}};
  };
  begin(1);
  put_and_wake("a");
  time_.run_for(60s);
  EXPECT_EQ(eyes_.looks, (words{"a 1", "a 2", "a 3", "a 4", "a 5"}));
  EXPECT_EQ(status_of("a"), job_status::failed);
  EXPECT_EQ(get("a")->error, "timeout: it took too long");
}

TEST_F(PredictionWork, FailsForGoodWhatNoOtherTryWouldHelp) {
  eyes_.sees = [](const taken_job&) {
    return prediction_outcome{prediction_fault{prediction_reason::picture_invalid, "cut\noff"}};
  };
  begin(1);
  put_and_wake("a");
  time_.run_for(10s);
  EXPECT_EQ(eyes_.looks.size(), 1U);
  EXPECT_EQ(get("a")->error, "picture_invalid: cut\\x0aoff");
  EXPECT_EQ(changes_["a"], (words{"running", "failed"}));
}

TEST_F(PredictionWork, KeepsAResultUntilTheDiskTakesIt) {
  begin(1);
  put_and_wake("a");
  time_.run_for(1ms);
  disk_.fail(disk_operation::write, 1, 1'000'000);
  time_.run_for(10s);
  EXPECT_EQ(status_of("a"), job_status::running);
  disk_.fail(disk_operation::write, 1, 0);
  time_.run_for(2s);
  EXPECT_EQ(status_of("a"), job_status::done);
  EXPECT_EQ(eyes_.looks.size(), 1U);
  EXPECT_EQ(logged_.size(), 1U) << "one line a fault, not one a second";
}

// At whatever moment of a second: the lease is over then, and nobody may end it first.
TEST_F(PredictionWork, KeepsAResultHoweverLongTheDiskFails) {
  begin(1);
  for (int i = 0; i < 10; ++i) {
    const std::string uuid = "job" + std::to_string(i);
    put_and_wake(uuid);
    time_.run_for(1ms);
    disk_.fail(disk_operation::write, 1, 1'000'000);
    time_.run_for(300s + 97ms);
    EXPECT_EQ(status_of(uuid), job_status::running);
    disk_.fail(disk_operation::write, 1, 0);
    time_.run_for(3s);
    EXPECT_EQ(changes_[uuid], (words{"running", "done"}));
  }
  EXPECT_EQ(eyes_.looks.size(), 10U);
}

TEST_F(PredictionWork, GivesBackWhatTheDiskRefusedAtFirst) {
  eyes_.takes = 1'000s;
  begin(1);
  for (const char* each : {"a", "b"}) put_and_wake(each);
  time_.run_for(1ms);
  disk_.fail(disk_operation::write, 1, 1'000'000);
  EXPECT_FALSE(drain(1h));
  time_.run_for(300s);
  EXPECT_EQ(status_of("b"), job_status::running);
  EXPECT_EQ(logged_, (words{"the queue of predictions fails, tried again each second"}));
  disk_.fail(disk_operation::write, 1, 0);
  time_.run_for(1s);
  EXPECT_EQ(status_of("b"), job_status::queued);
  EXPECT_EQ(get("b")->tries, 0U);
  EXPECT_EQ(changes_["b"], (words{"queued"}));
}

TEST_F(PredictionWork, LooksOnceThoughTheWallClockSteps) {
  begin(1);
  eyes_.takes = 500s;
  put_and_wake("a");
  for (const auto step : {24h, -48h, 48h}) {
    time_.run_for(100s);
    time_.step_wall(step);
  }
  time_.run_for(201s);
  EXPECT_EQ(eyes_.looks, (words{"a 1"}));
  EXPECT_EQ(changes_["a"], (words{"running", "done"}));
}

TEST_F(PredictionWork, DropsTheResultOfAJobThatWasRemoved) {
  begin(1);
  put_and_wake("a");
  time_.run_for(1ms);
  ASSERT_TRUE(remove("a"));
  time_.run_for(10ms);
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(changes_["a"], (words{"running"}));
  put_and_wake("b");
  time_.run_for(10ms);
  EXPECT_EQ(status_of("b"), job_status::done);
}

TEST_F(PredictionWork, ExtendsTheLeaseOfAJobThatHadToWait) {
  begin(1);
  eyes_.takes = 70s;
  put_and_wake("long");
  put_and_wake("waits");
  time_.run_for(69s);
  eyes_.takes = 20s;
  time_.run_for(22s);
  EXPECT_EQ(status_of("waits"), job_status::done);
  EXPECT_EQ(eyes_.looks, (words{"long 1", "waits 1"}));
}

TEST_F(PredictionWork, LooksOnceHoweverLongALookTakes) {
  begin(2);
  eyes_.takes = 1'000s;
  put_and_wake("a");
  time_.run_for(999s);
  eyes_.takes = 1s;
  EXPECT_EQ(status_of("a"), job_status::running);
  time_.run_for(2s);
  EXPECT_EQ(eyes_.looks, (words{"a 1"}));
  EXPECT_EQ(changes_["a"], (words{"running", "done"}));
}

TEST_F(PredictionWork, EndsWhatIsInWorkWhenItDrainsAndGivesTheRestBack) {
  begin(1);
  for (const char* each : {"a", "b", "c"}) put_and_wake(each);
  time_.run_for(1ms);
  EXPECT_FALSE(drain(1s));
  time_.run_for(10ms);
  EXPECT_TRUE(drained_);
  EXPECT_EQ(status_of("a"), job_status::done);
  EXPECT_EQ(status_of("b"), job_status::queued);
  EXPECT_EQ(get("b")->tries, 0U);
  EXPECT_EQ(eyes_.looks.size(), 1U);
}

TEST_F(PredictionWork, GivesBackWhatOutlastsTheGraceWithoutATryLost) {
  begin(1);
  eyes_.takes = 100s;
  put_and_wake("a");
  time_.run_for(1ms);
  EXPECT_FALSE(drain(2s));
  time_.run_for(2s);
  EXPECT_TRUE(drained_);
  EXPECT_EQ(status_of("a"), job_status::queued);
  EXPECT_EQ(get("a")->tries, 0U);
  time_.run_for(200s);
  EXPECT_EQ(status_of("a"), job_status::queued) << "what it saw after all is dropped";
}

TEST_F(PredictionWork, DrainsWhileTheDiskFails) {
  begin(1);
  put_and_wake("a");
  time_.run_for(1ms);
  disk_.fail(disk_operation::write, 1, 1'000'000);
  time_.run_for(10ms);
  EXPECT_FALSE(drain(2s));
  time_.run_for(4s);
  EXPECT_TRUE(drained_);
}

TEST_F(PredictionWork, GivesBackWhatWasNotTriedSinceTheServiceStops) {
  eyes_.sees = [](const taken_job&) {
    return prediction_outcome{
        prediction_fault{prediction_reason::stopping, "the service is stopping"}};
  };
  begin(1);
  put_and_wake("a");
  time_.run_for(1ms);
  EXPECT_FALSE(drain(1s));
  time_.run_for(10ms);
  EXPECT_TRUE(drained_);
  EXPECT_EQ(status_of("a"), job_status::queued);
  EXPECT_EQ(get("a")->tries, 0U);
}

TEST_F(PredictionWork, StartsAsSoonAsTheFileCanBeWritten) {
  ASSERT_TRUE(put("a"));
  (void)take_one();
  make_queue();
  disk_.fail(disk_operation::write, 1, 1'000'000);
  begin(1);
  time_.run_for(5s);
  EXPECT_EQ(eyes_.looks.size(), 0U);
  disk_.fail(disk_operation::write, 1, 0);
  time_.run_for(2s);
  EXPECT_EQ(eyes_.looks, (words{"a 2"}));
  EXPECT_EQ(status_of("a"), job_status::done);
}

TEST_F(PredictionWork, TellsAndCountsWhatEndedWithoutALook) {
  for (const char* each : {"interrupted", "again", "gone"}) ASSERT_TRUE(put(each));
  ASSERT_TRUE(file_->write([](jobs_writing& on) {
    return on.db.execute(
        "update jobs set status = 1, turn = null, due = 0, take = 1, tries = 5 where number < 3;"
        "delete from job_images where job = 3");
  }));
  make_queue();
  begin(1);
  ASSERT_TRUE(put("lapses"));
  ASSERT_TRUE(file_->write([](jobs_writing& on) {
    return on.db.execute("update jobs set status = 1, turn = null, tries = 5 where number = 4");
  }));
  time_.run_for(2s);
  for (const char* each : {"interrupted", "again", "gone", "lapses"}) {
    EXPECT_EQ(changes_[each], (words{"failed"})) << each;
  }
  EXPECT_EQ(figure("reprise_prediction_failures_total interrupted"), 2);
  EXPECT_EQ(figure("reprise_prediction_failures_total timeout"), 1);
  EXPECT_EQ(figure("reprise_prediction_failures_total storage_failed"), 1);
  EXPECT_EQ(figure("reprise_predictions_total failed"), 4);
}

TEST_F(PredictionWork, DrainsWhileTheDiskHangs) {
  begin(1);
  put_and_wake("a");
  time_.run_for(1ms);
  writer_.set_delay(24h);
  EXPECT_FALSE(drain(2s));
  time_.run_for(2s + prediction_work::give_up_wait - 1ms);
  EXPECT_FALSE(drained_);
  time_.run_for(1ms);
  EXPECT_TRUE(drained_);
}

}  // namespace
}  // namespace reprise
