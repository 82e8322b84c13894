// What becomes of pictures where what predicts fails, and where pictures make it fail, in simulated
// time.
#include "tests/prediction_work_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

const std::string begun = "what predicts fails: predictions wait for it";
const std::string over = "what predicts answers again";

class PredictionOutage : public prediction_work_fixture {
 protected:
  PredictionOutage() {
    eyes_.sees = [this](const taken_job& of) -> prediction_outcome {
      if (is_down_ || of.name.find("bad") != std::string::npos) return fault_;
      return classification{"advert", 1};
    };
    eyes_.sees_probe = [this]() -> prediction_outcome {
      if (is_down_) return fault_;
      return classification{"advert", 1};
    };
  }
  void put_many(const std::string& name, int count) {
    for (int i = 0; i < count; ++i) put_and_wake(name + std::to_string(i));
  }
  std::vector<std::chrono::milliseconds> probed_since(steady_time moment) const {
    std::vector<std::chrono::milliseconds> since;
    for (const steady_time each : eyes_.probes) {
      since.push_back(std::chrono::floor<std::chrono::milliseconds>(each - moment));
    }
    return since;
  }
  // What has ended: done, failed.
  std::pair<std::uint64_t, std::uint64_t> ended() {
    const auto all = counts().jobs;
    return {all[2], all[3]};
  }

  bool is_down_ = true;
  prediction_fault fault_{prediction_reason::server_failed, "connection refused"};
};

TEST_F(PredictionOutage, LosesNoJobHoweverLongItLasts) {
  begin(2);
  put_many("job", 30);
  time_.run_for(6h);
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{30, 0, 0, 0}));
  EXPECT_EQ(get("job0")->tries, 0U);
  EXPECT_EQ(figure("reprise_prediction_outage"), 1);
  is_down_ = false;
  time_.run_for(31s);
  EXPECT_EQ(ended(), (std::pair<std::uint64_t, std::uint64_t>{30, 0}));
  EXPECT_EQ(figure("reprise_prediction_outage"), 0);
  EXPECT_EQ(logged_, (words{begun, over}));
}

TEST_F(PredictionOutage, LosesNoJobToAServerThatIsSilent) {
  fault_ = {prediction_reason::timeout, "connecting took too long"};
  eyes_.takes = eyes_.probe_takes = 10s;
  begin(2);
  put_many("job", 30);
  time_.run_for(6h);
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{30, 0, 0, 0}));
  EXPECT_EQ(get("job0")->tries, 0U);
  EXPECT_LE(eyes_.looks.size(), 2U + 6 * 3'600 / 30);
  is_down_ = false;
  eyes_.takes = eyes_.probe_takes = 5ms;
  time_.run_for(41s);
  EXPECT_EQ(ended(), (std::pair<std::uint64_t, std::uint64_t>{30, 0}));
  EXPECT_EQ(logged_, (words{begun, over}));
}

TEST_F(PredictionOutage, AsksByTheProbeAfterWaitsThatDoubleToThirtySecondsThenByAJobAsWell) {
  eyes_.takes = eyes_.probe_takes = 0ms;
  begin(2);
  put_many("job", 30);
  const steady_time moment = time_.clock().steady();
  time_.run_for(130s);
  EXPECT_EQ(probed_since(moment),
            (std::vector<std::chrono::milliseconds>{0s, 1s, 3s, 7s, 15s, 31s, 61s, 91s, 121s}));
  EXPECT_EQ(eyes_.looks.size(), 1U + 3) << "the one that met it, and at 61, 91 and 121 s";
}

// A server may be at work and fail at so small a picture as the probe.
TEST_F(PredictionOutage, EndsAtAJobThatIsAnsweredThoughTheProbeIsNot) {
  eyes_.sees_probe = [this] { return prediction_outcome{fault_}; };
  begin(2);
  put_many("job", 30);
  time_.run_for(20s);
  is_down_ = false;
  time_.run_for(42s);
  EXPECT_EQ(ended(), (std::pair<std::uint64_t, std::uint64_t>{30, 0}));
  EXPECT_EQ(logged_, (words{begun, over}));
  const std::size_t probes = eyes_.probes.size();
  time_.run_for(10min);
  EXPECT_EQ(eyes_.probes.size(), probes) << "nothing is doubted any more";
}

TEST_F(PredictionOutage, IsNotBegunByAProbeOfTheOneBefore) {
  eyes_.sees_probe = [this] { return prediction_outcome{fault_}; };
  eyes_.takes = 45s;  // so that the next probe is on its way when the job is answered
  eyes_.probe_takes = 40s;
  begin(2);
  put_many("job", 4);
  time_.run_for(60s);
  is_down_ = false;
  time_.run_for(20min);
  EXPECT_EQ(ended(), (std::pair<std::uint64_t, std::uint64_t>{4, 0}));
  EXPECT_EQ(logged_, (words{begun, over}));
}

TEST_F(PredictionOutage, IsNotBegunByAProbeOfTheOneBeforeWhileAPictureIsDoubted) {
  const steady_time probed = time_.clock().steady() + 460s;
  eyes_.sees_probe = [this, probed]() -> prediction_outcome {
    if (time_.clock().steady() < probed) return fault_;
    return classification{"advert", 1};
  };
  eyes_.takes = 45s;  // so that the next probe is on its way when the job is answered
  eyes_.probe_takes = 40s;
  begin(2);
  put_many("job", 4);
  time_.run_for(60s);
  is_down_ = false;
  time_.run_for(340s);
  eyes_.takes = 1s;
  time_.run_for(40s);
  ASSERT_EQ(ended(), (std::pair<std::uint64_t, std::uint64_t>{4, 0}));
  eyes_.probe_takes = 20s;
  for (const char* each : {"bad", "good"}) ASSERT_TRUE(put(each));
  work_->wake();
  time_.run_for(500ms);
  eyes_.takes = 20s;
  time_.run_for(21s);
  EXPECT_EQ(logged_, (words{begun, over}));
  EXPECT_EQ(status_of("bad"), job_status::queued);
  EXPECT_EQ(get("bad")->tries, 1U);
}

TEST_F(PredictionOutage, PutsThePicturesThatMetItBehindTheOthers) {
  begin(1);
  put_many("job", 3);
  time_.run_for(20ms);
  is_down_ = false;
  time_.run_for(2s);
  EXPECT_EQ(eyes_.looks, (words{"job0 1", "job1 1", "job2 1", "job0 1"}));
}

TEST_F(PredictionOutage, EndsThoughNothingWaits) {
  begin(1);
  put_and_wake("a");
  time_.run_for(10ms);
  ASSERT_TRUE(remove("a"));
  is_down_ = false;
  time_.run_for(2s);
  EXPECT_EQ(logged_, (words{begun, over}));
  put_and_wake("b");
  time_.run_for(10ms);
  EXPECT_EQ(status_of("b"), job_status::done);
}

TEST_F(PredictionOutage, EndsAtAnAnswerThatIsOfThePicture) {
  for (const auto reason : {prediction_reason::server_refused, prediction_reason::answer_invalid,
                            prediction_reason::data_insufficient}) {
    logged_.clear();
    is_down_ = true;
    eyes_.sees_probe = [this] { return prediction_outcome{fault_}; };
    begin(1);
    put_and_wake("job" + std::string{to_string(reason)});
    time_.run_for(10ms);
    EXPECT_EQ(figure("reprise_prediction_outage"), 1);
    is_down_ = false;
    eyes_.sees_probe = [reason] { return prediction_outcome{prediction_fault{reason, "no"}}; };
    time_.run_for(2s);
    EXPECT_EQ(figure("reprise_prediction_outage"), 0);
    EXPECT_EQ(logged_, (words{begun, over}));
    EXPECT_EQ(status_of("job" + std::string{to_string(reason)}), job_status::done);
  }
}

TEST_F(PredictionOutage, HoldsMemoryThatTheServiceIsRefusedAgainstNoPicture) {
  const prediction_fault refused{prediction_reason::capacity_exhausted, "no memory"};
  prediction_outcome look = refused, probe = refused;
  eyes_.sees = [&](const taken_job&) {
    return is_down_ ? look : prediction_outcome{classification{"advert", 1}};
  };
  eyes_.sees_probe = [&] {
    return is_down_ ? probe : prediction_outcome{classification{"advert", 1}};
  };
  const auto expect_no_try_lost = [&](const std::string& name) {
    logged_.clear();
    is_down_ = true;
    begin(2);
    const auto before = ended();
    put_many(name, 6);
    time_.run_for(10min);
    EXPECT_EQ(ended(), before);
    is_down_ = false;
    time_.run_for(31s);
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(status_of(name + std::to_string(i)), job_status::done);
      EXPECT_EQ(get(name + std::to_string(i))->tries, 1U);
    }
  };
  expect_no_try_lost("always");
  EXPECT_EQ(logged_, (words{begun, over}));
  look = fault_;
  expect_no_try_lost("at the probe");
  EXPECT_EQ(logged_, (words{begun, over}));
  look = refused;
  probe = classification{"advert", 1};
  expect_no_try_lost("at pictures");
}

TEST_F(PredictionOutage, TellsEachBeginAndEachEnd) {
  begin(2);
  put_many("job", 4);
  words expected;
  for (int i = 0; i < 5; ++i) {
    is_down_ = true;
    put_and_wake("more" + std::to_string(i));
    time_.run_for(20s);
    is_down_ = false;
    time_.run_for(40s);
    expected.insert(expected.end(), {begun, over});
  }
  EXPECT_EQ(logged_, expected);
  EXPECT_EQ(ended(), (std::pair<std::uint64_t, std::uint64_t>{9, 0}));
}

TEST_F(PredictionOutage, IsNoneWhereAPictureAloneFails) {
  is_down_ = false;
  begin(1);
  put_and_wake("bad");
  time_.run_for(20s);
  EXPECT_EQ(get("bad")->error, "server_failed: connection refused");
  EXPECT_EQ(eyes_.looks, (words{"bad 1", "bad 2", "bad 3", "bad 4", "bad 5"}));
  EXPECT_EQ(eyes_.probes.size(), 5U);
  EXPECT_EQ(logged_, words{});
}

TEST_F(PredictionOutage, IsNoneWhereManyPicturesFailAndHoldsUpNoOthers) {
  is_down_ = false;
  for (const std::size_t slots : {1U, 3U}) {
    begin(slots);
    const auto before = ended();
    const std::string name = std::to_string(slots);
    for (int i = 0; i < 20; ++i) {
      put_and_wake(name + "bad" + std::to_string(i));
      put_many(name + "good" + std::to_string(i) + " ", 5);
    }
    time_.run_for(2s);
    EXPECT_EQ(ended().first - before.first, 100U) << "those that wait are not held up";
    time_.run_for(20s);
    EXPECT_EQ(ended().second - before.second, 20U);
    EXPECT_EQ(logged_, words{});
  }
}

TEST_F(PredictionOutage, IsNoneWhereNothingButBadPicturesCome) {
  is_down_ = false;
  begin(2);
  put_many("bad", 50);
  time_.run_for(30s);
  EXPECT_EQ(ended(), (std::pair<std::uint64_t, std::uint64_t>{0, 50}));
  EXPECT_EQ(figure("reprise_prediction_outage"), 0);
}

TEST_F(PredictionOutage, CountsTheProbeNowhere) {
  begin(1);
  put_and_wake("a");
  time_.run_for(20s);
  EXPECT_EQ(figure("reprise_prediction_tries_total"), 1);
  EXPECT_EQ(figure("reprise_prediction_failures_total server_failed"), 1);
  is_down_ = false;
  time_.run_for(31s);
  EXPECT_EQ(figure("reprise_prediction_tries_total"), 2);
  EXPECT_EQ(figure("reprise_predictions_total done"), 1);
  EXPECT_EQ(changes_,
            (std::map<std::string, words>{{"a", {"running", "queued", "running", "done"}}}));
}

TEST_F(PredictionOutage, IsDecidedBeforeAnotherLookBegins) {
  for (const bool is_down : {false, true}) {
    is_down_ = is_down;
    eyes_ = {.sees = eyes_.sees, .sees_probe = eyes_.sees_probe, .probe_takes = 10s};
    begin(2);
    const std::string name = is_down ? "bad down" : "bad";
    put_and_wake(name);
    time_.run_for(1ms);
    eyes_.takes = 5s;
    put_and_wake(name + " slow");
    time_.run_for(1ms);
    put_many(name + " next", 5);
    time_.run_for(10s);
    EXPECT_EQ(eyes_.looks, (words{name + " 1", name + " slow 1"}));
    EXPECT_EQ(status_of(name), job_status::running);
    EXPECT_EQ(eyes_.probes.size(), 1U);
    time_.run_for(10ms);
    for (const std::string& each : {name, name + " slow"}) {
      EXPECT_EQ(status_of(each), job_status::queued);
      EXPECT_EQ(get(each)->tries, is_down ? 0U : 1U) << each;
    }
    EXPECT_EQ(eyes_.looks.size(), is_down ? 2U : 4U);
    const auto left = list(std::nullopt, 100);
    for (const job& each : left->items) ASSERT_TRUE(remove(each.uuid));
  }
}

TEST_F(PredictionOutage, LetsWhatIsInWorkEnd) {
  eyes_.sees = [this](const taken_job& of) -> prediction_outcome {
    if (of.lease.uuid == "first") return fault_;
    return classification{"advert", 1};
  };
  begin(2);
  put_and_wake("first");
  time_.run_for(1ms);
  eyes_.takes = 20s;
  put_and_wake("slow");
  time_.run_for(21s);
  EXPECT_EQ(status_of("slow"), job_status::done);
  EXPECT_EQ(figure("reprise_prediction_outage"), 1) << "it began when the server was at work";
  EXPECT_EQ(logged_, words{begun});
}

TEST_F(PredictionOutage, GivesBackAllThatItsBeginOvertook) {
  eyes_.takes = 500ms;
  begin(1);
  put_and_wake("a");
  time_.run_for(1ms);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(put("job" + std::to_string(i)));
  writer_.set_delay(3s);
  work_->wake();
  time_.run_for(60s);
  EXPECT_EQ(eyes_.looks, (words{"a 1"}));
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{5, 0, 0, 0}));
}

TEST_F(PredictionOutage, TriesOneJobAfterTheOtherThoughItsBeginOvertookMore) {
  eyes_.sees_probe = [this] { return prediction_outcome{fault_}; };
  eyes_.takes = 500ms;
  begin(3);
  put_and_wake("a");
  time_.run_for(1ms);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(put("job" + std::to_string(i)));
  writer_.set_delay(70s);
  work_->wake();
  writer_.set_delay(0s);
  time_.run_for(80s);
  EXPECT_EQ(eyes_.looks, (words{"a 1", "job0 1"}));
  is_down_ = false;
  time_.run_for(30s);
  EXPECT_EQ(ended(), (std::pair<std::uint64_t, std::uint64_t>{5, 0}));
}

TEST_F(PredictionOutage, KeepsNoServiceFromEnding) {
  for (const bool is_decided : {false, true}) {
    const std::string name = is_decided ? "decided" : "undecided";
    eyes_.probe_takes = 5ms;
    begin(1);
    if (!is_decided) eyes_.probe_takes = 100s;
    for (const char* each : {" a", " b"}) put_and_wake(name + each);
    time_.run_for(20ms);
    eyes_.probe_takes = 100s;
    time_.run_for(2s);
    EXPECT_TRUE(drain(5s)) << name;
    for (const char* each : {" a", " b"}) {
      EXPECT_EQ(status_of(name + each), job_status::queued);
      EXPECT_EQ(get(name + each)->tries, 0U);
    }
    const std::size_t count = eyes_.probes.size();
    time_.run_for(200s);
    EXPECT_EQ(eyes_.probes.size(), count);
    EXPECT_EQ(logged_, is_decided ? words{begun} : words{});
    for (const char* each : {" a", " b"}) ASSERT_TRUE(remove(name + each));
  }
}

TEST_F(PredictionOutage, LosesNoLeaseOfWhatIsAccused) {
  is_down_ = false;
  eyes_.probe_takes = 300s;
  begin(1);
  put_and_wake("bad");
  time_.run_for(299s);
  EXPECT_EQ(status_of("bad"), job_status::running);
  time_.run_for(2s);
  EXPECT_EQ(changes_["bad"], (words{"running", "queued"}));
}

}  // namespace
}  // namespace reprise
