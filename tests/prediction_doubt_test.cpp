// Pictures at a server that fails at the probe and answers pictures, in simulated time.
#include "tests/prediction_work_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;
using ends = std::pair<std::uint64_t, std::uint64_t>;  // done, failed

const std::string begun = "what predicts fails: predictions wait for it";
const std::string over = "what predicts answers again";

class PredictionDoubt : public prediction_work_fixture {
 protected:
  PredictionDoubt() {
    eyes_.sees = [this](const taken_job& of) -> prediction_outcome {
      if (is_down_ || of.name.find("bad") != std::string::npos) return fault_;
      return classification{"advert", 1};
    };
    eyes_.sees_probe = [this]() -> prediction_outcome {
      if (is_down_ || fails_at_probe_) return fault_;
      return classification{"advert", 1};
    };
  }
  // It is found out by the first outage, at the job that is tried behind the probe.
  void begin_misled(std::size_t slots) {
    begin(slots);
    is_down_ = true;
    put_and_wake("first");
    time_.run_for(20s);
    is_down_ = false;
    time_.run_for(42s);
    ASSERT_EQ(logged_, (words{begun, over}));
    ASSERT_EQ(status_of("first"), job_status::done);
    logged_.clear();
  }
  ends ended() {
    const auto all = counts().jobs;
    return {all[2], all[3]};
  }

  bool is_down_ = false;
  bool fails_at_probe_ = true;
  const prediction_fault fault_{prediction_reason::server_failed, "HTTP 500"};
};

TEST_F(PredictionDoubt, IsDecidedByTheNextPictureAndHoldsUpNoOthers) {
  begin_misled(1);
  eyes_.takes = 100ms;
  ASSERT_TRUE(put("bad", "one"));
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(put("job" + std::to_string(i), "another"));
  work_->wake();
  time_.run_for(30s);
  EXPECT_EQ(get("bad")->error, "server_failed: HTTP 500");
  EXPECT_EQ(get("bad")->tries, 5U);
  EXPECT_GE(ended().first, 290U);
  EXPECT_EQ(logged_, words{});
}

TEST_F(PredictionDoubt, IsDecidedByThePictureThatComesNextHoweverLate) {
  begin_misled(2);
  put_and_wake("bad");
  for (int i = 0; i < 5; ++i) {
    time_.run_for(10min);
    const std::string name = "job" + std::to_string(i);
    EXPECT_EQ(ended().second, 0U) << "nothing tells whose fault it is";
    put_and_wake(name);
    time_.run_for(31s);
    EXPECT_EQ(status_of(name), job_status::done);
  }
  EXPECT_EQ(status_of("bad"), job_status::failed);
  EXPECT_EQ(get("bad")->tries, 5U);
  logged_.clear();
  put_and_wake("last");
  time_.run_for(10ms);
  EXPECT_EQ(status_of("last"), job_status::done);
  EXPECT_EQ(logged_, words{});
}

TEST_F(PredictionDoubt, EndsForPicturesThatStandSideBySide) {
  begin_misled(1);
  for (const char* each : {"bad0", "bad1", "bad2"}) put_and_wake(each);
  for (int i = 0; i < 12; ++i) {
    put_and_wake("job" + std::to_string(i));
    time_.run_for(5min);
  }
  EXPECT_EQ(ended(), (ends{13, 3}));
  for (const char* each : {"bad0", "bad1", "bad2"}) EXPECT_EQ(get(each)->tries, 5U);
}

TEST_F(PredictionDoubt, CostsAnOutageSixteenPicturesATryAtMost) {
  begin_misled(2);
  is_down_ = true;
  for (int i = 0; i < 60; ++i) put_and_wake("job" + std::to_string(i));
  time_.run_for(6h + 20min);
  EXPECT_EQ(ended(), (ends{1, 0}));
  EXPECT_EQ(logged_, words{begun});
  is_down_ = false;
  time_.run_for(35s);
  EXPECT_EQ(ended(), (ends{61, 0}));
  int tries = 0;
  for (int i = 0; i < 60; ++i) tries += static_cast<int>(get("job" + std::to_string(i))->tries);
  EXPECT_GT(tries, 60) << "whose fault it was could not be told";
  EXPECT_LE(tries, 60 + 16);
}

TEST_F(PredictionDoubt, IsDecidedByTheProbeAgainOnceThatWasAnswered) {
  begin_misled(1);
  is_down_ = true;
  put_and_wake("a");
  time_.run_for(20s);
  is_down_ = fails_at_probe_ = false;
  time_.run_for(12s);
  EXPECT_EQ(status_of("a"), job_status::done);
  EXPECT_EQ(get("a")->tries, 1U) << "what predicts had failed";
  EXPECT_EQ(logged_, (words{begun, over}));
  put_and_wake("bad");
  time_.run_for(20s);
  EXPECT_EQ(status_of("bad"), job_status::failed);
  EXPECT_EQ(logged_, (words{begun, over}));
}

}  // namespace
}  // namespace reprise
