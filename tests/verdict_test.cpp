// Each test starts from evidence of a service that did everything right, and breaks one thing.
#include "net/simulate/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/match/cpu_matcher.hpp"
#include "host/match/score.hpp"
#include "net/simulate/broadcast.hpp"

namespace reprise::simulate {
namespace {

using testing::HasSubstr;

constexpr std::int64_t begin = 1'700'000'000;
constexpr std::int64_t seconds = 240;

struct right_service {
  right_service() : shown{{.seed = 4, .gap_percent = 50}} {
    evidence.name = "a";
    evidence.settings.threshold = threshold_of_similarity(0.8, rule{});
    evidence.served = [this](std::int64_t tick, const fingerprint& bits) {
      return shown.at(0, tick) == bits;
    };
    const auto engine = make_cpu_matcher(rule{}, {.threads = 1});
    const auto channel = (*engine)->add_channel(evidence.settings);
    gap_account account{.last = begin + seconds - 1,
                        .first_least = begin - 1,
                        .first_most = begin + 3,
                        .last_least = begin + seconds - 2,
                        .last_most = begin + seconds};
    for (std::int64_t time = begin; time < begin + seconds; ++time) {
      const auto bits = shown.at(0, time);
      if (!bits) {
        ++account.gaps[static_cast<std::size_t>(gap_reason::status)];
        continue;
      }
      evidence.exported.push_back({time, *bits});
      const tick asked[] = {{.channel = *channel, .time = time, .fingerprint = *bits}};
      tick_result answer[1];
      (*engine)->step(asked, answer);
      if (answer[0].best.empty()) continue;
      std::vector<std::int64_t> times;
      for (const match& one : answer[0].best) times.push_back(time - one.lag_seconds);
      reports.by_time[time] = {times, "id" + std::to_string(time), time * 1'000 + 900};
      if (times.size() > 1) several = time;
    }
    evidence.account = account;
    evidence.reports = &reports;
  }

  channel_verdict judged() {
    const auto engine = make_cpu_matcher(rule{}, {.threads = 1});
    return *judge(evidence, **engine);
  }

  broadcast shown;
  channel_reports reports;
  channel_evidence evidence;
  std::int64_t several = 0;  // a tick with several match times
};

// Exactly one count is wrong, and one finding says what.
void expect_wrong(const channel_verdict& judged, std::uint64_t verdict_counts::*what,
                  std::string_view finding) {
  EXPECT_FALSE(judged.counts.clean());
  EXPECT_EQ(judged.counts.*what, 1U);
  verdict_counts others = judged.counts;
  others.*what = 0;
  EXPECT_TRUE(others.clean());
  ASSERT_FALSE(judged.findings.empty());
  EXPECT_THAT(judged.findings.front(), HasSubstr(finding));
}

TEST(Verdict, IsCleanWhereEverythingIsAsItShouldBe) {
  right_service service;
  const auto judged = service.judged();
  EXPECT_TRUE(judged.counts.clean()) << testing::PrintToString(judged.findings);
  EXPECT_GT(judged.counts.owed, 20U);
  EXPECT_EQ(judged.counts.correct, judged.counts.owed);
  EXPECT_EQ(judged.counts.received, judged.counts.owed);
  EXPECT_LT(judged.counts.fingerprints, static_cast<std::uint64_t>(seconds));
  ASSERT_NE(service.several, 0);
}

TEST(Verdict, FindsAMissingReport) {
  right_service service;
  service.reports.by_time.erase(service.several);
  expect_wrong(service.judged(), &verdict_counts::missing, "no report");
}

TEST(Verdict, FindsAFalseReport) {
  right_service service;
  service.reports.by_time[begin] = {{begin - 50}, "id", begin * 1'000};
  expect_wrong(service.judged(), &verdict_counts::false_reports, "nothing is owed");
}

TEST(Verdict, FindsAReportOfATickThatHasNoFingerprint) {
  right_service service;
  service.reports.by_time[begin + 10'000] = {{begin}, "id", 0};
  expect_wrong(service.judged(), &verdict_counts::false_reports, "nothing is owed");
}

TEST(Verdict, FindsMatchTimesInAnotherOrder) {
  right_service service;
  auto& times = service.reports.by_time[service.several].match_times;
  std::swap(times[0], times[1]);
  expect_wrong(service.judged(), &verdict_counts::wrong_times, "is owed");
}

TEST(Verdict, FindsMatchTimesThatAreWrong) {
  right_service service;
  service.reports.by_time[service.several].match_times.back() -= 1;
  expect_wrong(service.judged(), &verdict_counts::wrong_times, "is owed");
}

TEST(Verdict, FindsAnAlteredFingerprint) {
  right_service service;
  service.evidence.exported.front().bits[127] ^= std::byte{1};
  expect_wrong(service.judged(), &verdict_counts::not_served, "was not served");
}

TEST(Verdict, FindsAFingerprintAtAnotherTickThanItsOwn) {
  right_service service;
  service.evidence.exported.front().time -= 1;
  EXPECT_EQ(service.judged().counts.not_served, 1U);
}

TEST(Verdict, LeavesOutWhatTheSourcesHaveForgotten) {
  right_service service;
  service.evidence.exported.front().bits[127] ^= std::byte{1};
  service.evidence.served_from = begin + 1;
  EXPECT_TRUE(service.judged().counts.clean());
}

TEST(Verdict, FindsAMissingTickThatIsNoGap) {
  right_service service;
  --service.evidence.account->gaps[static_cast<std::size_t>(gap_reason::status)];
  expect_wrong(service.judged(), &verdict_counts::not_accounted, "do not reach back");
}

TEST(Verdict, FindsATickThatWasLostWithoutAReason) {
  right_service service;
  gap_counts& gaps = service.evidence.account->gaps;
  --gaps[static_cast<std::size_t>(gap_reason::status)];
  ++gaps[static_cast<std::size_t>(gap_reason::absent)];
  expect_wrong(service.judged(), &verdict_counts::not_accounted, "without a reason");
}

TEST(Verdict, FindsATickThatIsCountedTwice) {
  right_service service;
  service.evidence.account->gaps[static_cast<std::size_t>(gap_reason::late)] += 2;
  expect_wrong(service.judged(), &verdict_counts::not_accounted, "do not reach back");
}

TEST(Verdict, FindsThatTicksEndedEarlyOrNeverBegan) {
  right_service service;
  service.evidence.account->last_least = service.evidence.account->last_most = begin + seconds + 9;
  expect_wrong(service.judged(), &verdict_counts::not_accounted, "its last tick");
  service.evidence.account->last.reset();
  expect_wrong(service.judged(), &verdict_counts::not_accounted, "no tick");
}

TEST(Verdict, AllowsDuplicatesButNotContradictionsOrDisorder) {
  right_service service;
  service.reports.duplicates = 5;
  EXPECT_TRUE(service.judged().counts.clean());
  service.reports.contradictions = 1;
  expect_wrong(service.judged(), &verdict_counts::contradictions, "contradict");
  service.reports.contradictions = 0;
  service.reports.out_of_order = 1;
  expect_wrong(service.judged(), &verdict_counts::out_of_order, "out of order");
}

TEST(Verdict, JudgesReportsOnlyWithinItsTime) {
  right_service service;
  service.reports.by_time.erase(service.several);
  service.evidence.from = service.several + 1;
  EXPECT_TRUE(service.judged().counts.clean());
  service.evidence.from = 0;
  service.evidence.to = service.several;
  EXPECT_TRUE(service.judged().counts.clean());
}

TEST(Verdict, OwesEveryFingerprintAReportWhereEmptyOnesAreWanted) {
  right_service service;
  service.evidence.report_empty = true;
  const auto judged = service.judged();
  EXPECT_EQ(judged.counts.owed, judged.counts.fingerprints);
  EXPECT_GT(judged.counts.missing, 0U);
  for (const recorded_second& second : service.evidence.exported) {
    service.reports.by_time.try_emplace(second.time);
  }
  EXPECT_TRUE(service.judged().counts.clean());
}

TEST(Verdict, TellsOfAFewFindingsAndCountsAll) {
  right_service service;
  const auto owed = service.reports.by_time.size();
  service.reports.by_time.clear();
  const auto judged = service.judged();
  EXPECT_EQ(judged.findings.size(), findings_max);
  EXPECT_EQ(judged.counts.missing, owed);
}

TEST(SimulationVerdict, AddsItsChannelsUpAndIsCleanOnlyIfAllAre) {
  right_service service;
  simulation_verdict verdict;
  EXPECT_FALSE(verdict.clean());  // nothing was judged
  verdict.add(service.judged());
  EXPECT_TRUE(verdict.clean());
  EXPECT_EQ(verdict.recall(), 1);
  EXPECT_THAT(verdict_text(verdict), HasSubstr("verdict    clean\n"));
  const auto owed = verdict.counts.owed;
  service.reports.by_time.erase(service.several);
  verdict.add(service.judged());
  EXPECT_FALSE(verdict.clean());
  EXPECT_EQ(verdict.channels_clean, 1U);
  EXPECT_DOUBLE_EQ(verdict.recall(), 1 - 0.5 / static_cast<double>(owed));
  const std::string text = verdict_text(verdict);
  EXPECT_THAT(text, HasSubstr("1 missing"));
  EXPECT_THAT(text, HasSubstr("wrong      a: tick"));
  EXPECT_THAT(text, HasSubstr("verdict    not clean\n"));
}

TEST(SimulationVerdict, IsNotCleanWhereTheSinkGotWhatIsNoReport) {
  right_service service;
  simulation_verdict verdict;
  verdict.add(service.judged());
  for (std::uint64_t sink_counts::*what :
       {&sink_counts::malformed, &sink_counts::overflowed, &sink_counts::ids_reused}) {
    simulation_verdict worse = verdict;
    worse.sink.*what = 1;
    EXPECT_FALSE(worse.clean());
  }
}

}  // namespace
}  // namespace reprise::simulate
