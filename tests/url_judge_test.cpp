#include "net/url_judge.hpp"

#include <gtest/gtest.h>

#include "host/simulated_time.hpp"
#include "tests/scripted_lookup.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class UrlJudge : public testing::Test {
 protected:
  std::string judged(const std::string& url) {
    std::string verdict = "nothing";
    judge_(url, [&](const outcome<void>& said) {
      verdict = said ? "good" : (said.error().code == errc::url_blocked ? "blocked" : "invalid");
    });
    time_.run_for(1ms);
    return verdict;
  }
  simulated_scheduler time_{start_of_tick(1'700'000'000)};
  scripted_lookup lookup_{time_};
  resolver names_{time_, lookup_, egress_guard{}};
  std::function<void(const std::string&, done<void>)> judge_ = make_url_judge(names_, time_);
};

TEST_F(UrlJudge, RefusesWhatTheGuardForbids) {
  lookup_.script("cam.example", {{"8.8.8.8"}});
  lookup_.script("inside.example", {{"8.8.8.8", "10.0.0.1"}});
  EXPECT_EQ(judged("http://cam.example/a"), "good");
  EXPECT_EQ(judged("http://inside.example/a"), "blocked");
  EXPECT_EQ(judged("https://127.0.0.1/"), "blocked");
  EXPECT_EQ(judged("http://user@cam.example/"), "invalid");
}

TEST_F(UrlJudge, LetsANamePassThatIsNotFound) {
  EXPECT_EQ(judged("http://nowhere.example/"), "good");
}

// It is judged again at each use.
TEST_F(UrlJudge, LetsANamePassThatIsNotFoundWithinThePatienceOfOnePoll) {
  lookup_.hanging = true;
  std::optional<bool> good;
  judge_("http://slow.example/", [&](const outcome<void>& said) { good = said.has_value(); });
  time_.run_for(799ms);
  EXPECT_FALSE(good);
  time_.run_for(2ms);
  EXPECT_EQ(good, true);
}

}  // namespace
}  // namespace reprise
