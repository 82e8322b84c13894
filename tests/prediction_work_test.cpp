// The workers, in simulated time, over a real queue on a disk that can fail.
#include "host/predictions/prediction_work.hpp"

#include <map>

#include "tests/job_queue_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

// Sees what a test says of a job's name, after a while.
struct scripted_eyes {
  std::function<prediction_outcome(const taken_job&)> sees = [](const taken_job&) {
    return prediction_outcome{classification{"advert", 0.5}};
  };
  std::chrono::milliseconds takes{5};
  words looks;
  std::size_t busy = 0, most = 0;
};

class scripted_slot final : public prediction_slot {
 public:
  scripted_slot(scheduler& time, scripted_eyes& eyes) : link_{time}, eyes_{eyes} {}
  void predict(const taken_job& of, std::function<void(prediction_outcome)> told) override {
    eyes_.looks.push_back(of.lease.uuid + " " + std::to_string(of.tries));
    eyes_.most = std::max(eyes_.most, ++eyes_.busy);
    (void)link_.after(eyes_.takes, [this, of, told = std::move(told)] {
      --eyes_.busy;
      told(eyes_.sees(of));
    });
  }

 private:
  core_link link_;
  scripted_eyes& eyes_;
};

// By name, and the value of the label where there is one.
struct told_figures final : metric_writer {
  void counter(std::string_view name, std::string_view, metric_labels labels,
               double value) override {
    std::string whole{name};
    for (const auto& label : labels) whole.append(" ").append(label.second);
    values[whole] = value;
  }
  void gauge(std::string_view name, std::string_view help, metric_labels labels,
             double value) override {
    counter(name, help, labels, value);
  }
  void histogram(std::string_view, std::string_view, metric_labels,
                 const latency_histogram&) override {}
  std::map<std::string, double> values;
};

class PredictionWork : public job_queue_fixture {
 protected:
  PredictionWork() { EXPECT_TRUE(open()); }
  ~PredictionWork() override { work_.reset(); }

  void begin(std::size_t slots, std::chrono::milliseconds deadline = 10s) {
    prediction_work_parts parts{.home = time_, .queue = *queue_, .figures = figures_};
    for (std::size_t i = 0; i < slots; ++i) {
      parts.slots.push_back(std::make_unique<scripted_slot>(time_, eyes_));
    }
    parts.changed = [this](const job& shown) {
      changes_[shown.uuid].emplace_back(to_string(shown.status));
    };
    parts.log = [this](log_level, std::string_view event, auto) { logged_.emplace_back(event); };
    parts.deadline = deadline;
    work_ = std::make_unique<prediction_work>(std::move(parts));
    work_->start();
    time_.run_ready();
  }
  void put_and_wake(const std::string& uuid) {
    ASSERT_TRUE(put(uuid));
    work_->wake();
  }
  bool drain(std::chrono::milliseconds grace) {
    drained_ = false;
    work_->drain(time_.clock().steady() + grace, [this] { drained_ = true; });
    time_.run_ready();
    return drained_;
  }
  double figure(const std::string& name) {
    told_figures told;
    figures_.write_metrics(told, time_.clock());
    EXPECT_TRUE(told.values.contains(name)) << name;
    return told.values[name];
  }
  job_status status_of(const std::string& uuid) { return get(uuid)->status; }

  scripted_eyes eyes_;
  prediction_figures figures_{{}};
  std::map<std::string, words> changes_;
  words logged_;
  bool drained_ = false;
  std::unique_ptr<prediction_work> work_;
};

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

class PredictionOutage : public PredictionWork {
 protected:
  PredictionOutage() {
    eyes_.sees = [this](const taken_job& of) -> prediction_outcome {
      if (is_down_ || poison_ == of.name) {
        return prediction_fault{prediction_reason::server_failed, "connection refused"};
      }
      return classification{"advert", 1};
    };
  }
  bool is_down_ = true;
  std::string poison_;
};

TEST_F(PredictionOutage, LosesNoJobHoweverLongItLasts) {
  begin(2);
  for (int i = 0; i < 30; ++i) put_and_wake("job" + std::to_string(i));
  time_.run_for(6h);
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{30, 0, 0, 0}));
  EXPECT_EQ(get("job0")->tries, 0U);
  EXPECT_EQ(figure("reprise_prediction_outage"), 1);
  is_down_ = false;
  time_.run_for(31s);
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{0, 0, 30, 0}));
  EXPECT_EQ(figure("reprise_prediction_outage"), 0);
  EXPECT_EQ(logged_,
            (words{"what predicts fails: predictions wait for it", "what predicts answers again"}));
}

TEST_F(PredictionOutage, TriesOneJobAtATimeAfterWaitsThatDoubleToThirtySeconds) {
  begin(2);
  for (int i = 0; i < 30; ++i) put_and_wake("job" + std::to_string(i));
  time_.run_for(500ms);
  std::size_t looks = eyes_.looks.size();
  EXPECT_LE(looks, 4U) << "those that were in work, and that were taken meanwhile";
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}) {
    eyes_.most = 0;
    time_.run_for(wait);
    EXPECT_EQ(eyes_.looks.size(), ++looks) << wait.count();
    EXPECT_EQ(eyes_.most, 1U);
  }
}

TEST_F(PredictionOutage, TakesUpAtOnceWhatComesWhenItIsTimeForATry) {
  begin(1);
  put_and_wake("a");
  time_.run_for(10ms);
  ASSERT_TRUE(remove("a"));
  is_down_ = false;
  time_.run_for(1h);
  put_and_wake("b");
  time_.run_for(10ms);
  EXPECT_EQ(status_of("b"), job_status::done);
}

TEST_F(PredictionOutage, HoldsAgainstAPictureWhatOthersDoNotMeet) {
  is_down_ = false;
  poison_ = "name of poison";
  begin(1);
  put_and_wake("poison");
  for (int i = 0; i < 300; ++i) {
    put_and_wake("job" + std::to_string(i));
    time_.run_for(1s);
  }
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{0, 0, 300, 1}));
  EXPECT_EQ(get("poison")->error, "server_failed: connection refused");
  EXPECT_EQ(get("poison")->tries, 5U);
}

TEST_F(PredictionOutage, EndsAtAnAnswerThatIsOfThePicture) {
  begin(1);
  put_and_wake("a");
  time_.run_for(10ms);
  eyes_.sees = [](const taken_job&) {
    return prediction_outcome{prediction_fault{prediction_reason::server_refused, "HTTP 400"}};
  };
  time_.run_for(2s);
  EXPECT_EQ(status_of("a"), job_status::failed);
  EXPECT_EQ(figure("reprise_prediction_outage"), 0);
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
