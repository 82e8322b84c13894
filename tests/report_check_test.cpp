#include "net/simulate/report_check.hpp"

#include <gtest/gtest.h>

#include <map>

#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "net/simulate/service_calls.hpp"

namespace reprise::simulate {
namespace {

constexpr std::int64_t begin = 1'700'000'000;
constexpr std::int64_t end = begin + 240;

class ReportCheck : public testing::Test {
 protected:
  // What a service that was there from `begin` on reports.
  ReportCheck() {
    const auto engine = make_cpu_matcher(rule{}, {.threads = 1});
    const auto channel = (*engine)->add_channel(simulated_search());
    for (std::int64_t time = begin; time < end; ++time) {
      const auto bits = shown_.at(0, time);
      if (!bits) continue;
      const tick asked[] = {{.channel = *channel, .time = time, .fingerprint = *bits}};
      tick_result answer[1];
      (*engine)->step(asked, answer);
      for (const match& one : answer[0].best) reports_[time].push_back(time - one.lag_seconds);
    }
  }
  bool is_right(std::int64_t time, const std::vector<std::int64_t>& times) {
    const auto exact = make_reference_matcher(rule{});
    return *simulate::is_right(shown_, 0, time, times, simulated_search(), **exact);
  }

  const broadcast shown_{{.seed = 4, .gap_percent = 30}};
  std::map<std::int64_t, std::vector<std::int64_t>> reports_;
};

TEST_F(ReportCheck, AgreesWithAServiceThatIsRight) {
  ASSERT_GT(reports_.size(), 10U);
  for (const auto& [time, times] : reports_) EXPECT_TRUE(is_right(time, times)) << time;
}

TEST_F(ReportCheck, RefusesATimeTooManyTooFewOrAnother) {
  for (const auto& [time, times] : reports_) {
    auto other = times;
    other.back() += 1;
    EXPECT_FALSE(is_right(time, other)) << time;
    auto more = times;
    more.push_back(times.front() - 1);
    EXPECT_FALSE(is_right(time, more)) << time;
    if (times.size() < 2) continue;
    // Without its most recent time a report still owes it.
    auto fewer = times;
    std::erase(fewer, *std::max_element(times.begin(), times.end()));
    EXPECT_FALSE(is_right(time, fewer)) << time;
  }
}

TEST_F(ReportCheck, RefusesAReportOfASecondWithoutAMatch) {
  std::int64_t quiet = begin + 100;
  while (reports_.contains(quiet)) ++quiet;
  EXPECT_FALSE(is_right(quiet, {quiet - 18}));
}

}  // namespace
}  // namespace reprise::simulate
