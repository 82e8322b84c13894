#include <cmath>
#include <random>
#include <set>

#include "tests/event_schema.hpp"
#include "tests/reporter_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using enum delivery_state;

constexpr const char* sink = "http://sink/hook?key=secret";
constexpr const char* other_sink = "http://other/";

class Reporter : public reporter_fixture {};

TEST_F(Reporter, PostsAReportWithItsNameAndTheMoment) {
  book_.add(1, "c1", {.reporting_url = sink, .reporting_headers = {{"authorization", "x"}}}, 0);
  start();
  const std::int64_t id = report(1, sink);
  report(1, other_sink);  // of a one-shot call: the channel's credentials are none of its
  time_.run_for(1s);
  ASSERT_EQ(exchange_.sends.size(), 2U);
  EXPECT_EQ(exchange_.sends[0].url, sink);
  EXPECT_EQ(exchange_.sends[0].id, "rpt_1");
  EXPECT_EQ(exchange_.sends[0].timestamp, "1700000000");
  EXPECT_EQ(exchange_.sends[0].body, "{\"n\":1}");
  EXPECT_EQ(exchange_.sends[0].headers.back(), (header_field{"authorization", "x"}));
  EXPECT_EQ(exchange_.sends[1].headers.size(), 2U);
  EXPECT_EQ(state_of(id), delivered);
  EXPECT_EQ(outbox_.rows.at(id).attempts, 1U);
  ASSERT_FALSE(events_.all.empty());
  EXPECT_EQ(events_.all.front().kind, "delivery");
  EXPECT_EQ(events_.all.front().data,
            R"({"channel":"c1","id":1,"time":0,"state":"delivered","attempts":1})");
  for (const event& each : events_.all) expect_described_event("delivery", each.data);
}

TEST_F(Reporter, KeepsTheOrderOfAChannelWhileOthersGoOn) {
  exchange_.replies = [](const posted& of) {
    return sink_reply{.after = id_of(of) == 2 ? 4s : 10ms};
  };
  start();
  report(9, sink);  // opens the sink
  time_.run_for(100ms);
  report(1, sink);
  report(1, sink);
  for (int i = 0; i < 5; ++i) report(2, sink);
  time_.run_for(1s);
  EXPECT_EQ(ids_of(exchange_.taken), (std::vector<std::int64_t>{1, 4, 5, 6, 7, 8}));
  time_.run_for(4s);
  EXPECT_EQ(ids_of(exchange_.taken), (std::vector<std::int64_t>{1, 4, 5, 6, 7, 8, 2, 3}));
}

TEST_F(Reporter, SendsOneReportToASinkThatHasNotAnsweredYetAndThenAFewAtOnce) {
  exchange_.replies = [](const posted&) { return sink_reply{.after = 1s}; };
  start();
  for (int channel = 0; channel < 100; ++channel) report(channel, sink);
  time_.run_for(900ms);
  EXPECT_EQ(exchange_.sends.size(), 1U);
  time_.run_for(10s);
  EXPECT_EQ(exchange_.in_flight_max[sink], static_cast<int>(sends_a_sink_max));
  EXPECT_EQ(exchange_.taken.size(), 100U);
}

// The waits between probes: 2 to 4 s, 4 to 8, 8 to 16, then 15 to 30, and never the same each time.
TEST_F(Reporter, ProbesAFailingSinkWithItsOldestReportAtGrowingIntervals) {
  exchange_.replies = [](const posted&) { return sink_reply{.status = 503}; };
  start();
  for (int channel = 1; channel <= 50; ++channel) report(channel, sink);
  time_.run_for(10min);
  const auto& sends = exchange_.sends;
  ASSERT_GT(sends.size(), 20U);
  std::set<double> waits;
  for (std::size_t i = 1; i < sends.size(); ++i) {
    EXPECT_EQ(sends[i].id, "rpt_1");
    const double wait = since_start(sends[i]) - since_start(sends[i - 1]) - 0.010;
    const double longest = std::min(30.0, 2 * std::pow(2, static_cast<double>(i)));
    EXPECT_GE(wait, longest / 2) << i;
    EXPECT_LE(wait, longest + 0.1) << i;
    waits.insert(wait);
  }
  EXPECT_GT(waits.size(), sends.size() / 2);
  EXPECT_EQ(outbox_.rows.at(1).attempts, sends.size());
  EXPECT_EQ(outbox_.rows.at(1).last_error, "answered 503");
  EXPECT_EQ(lines_, (std::vector<std::string>{"warning a sink fails sink=sink why=answered 503"}));
}

TEST_F(Reporter, ReleasesAllThatWaitsAtTheFirstSuccess) {
  bool down = true;
  exchange_.replies = [&](const posted&) { return sink_reply{.status = down ? 0U : 204U}; };
  start();
  for (int i = 0; i < 3'000; ++i) {
    report(i % 300, sink);
    time_.run_for(20ms);
  }
  EXPECT_LT(exchange_.sends.size(), 10U);
  down = false;
  time_.run_for(30s);
  EXPECT_EQ(exchange_.taken.size(), 3'000U);
  EXPECT_LT(since_start(exchange_.taken.back()) - since_start(exchange_.taken.front()), 8.0);
  EXPECT_EQ(outbox_.waiting(), 0U);
  EXPECT_EQ(lines_.back(), "info    a sink answers again sink=sink");
}

TEST_F(Reporter, TakesOnly2xxForDelivered) {
  for (const unsigned status : {199U, 301U, 302U, 307U, 404U, 408U, 500U, 0U}) {
    exchange_.replies = [&](const posted&) { return sink_reply{.status = status}; };
    restart();
    start();
    const std::int64_t id = report(status, sink);
    time_.run_for(1s);
    EXPECT_EQ(state_of(id), waiting) << status;
    EXPECT_EQ(outbox_.rows.at(id).attempts, 1U) << status;
    exchange_.replies = [](const posted&) { return sink_reply{.status = 299}; };
    time_.run_for(10s);
    EXPECT_EQ(state_of(id), delivered) << status;
  }
}

TEST_F(Reporter, TellsOfEachReportThatWasDeliveredAndOfNoOther) {
  start();
  exchange_.replies = [](const posted&) { return sink_reply{.status = 503}; };
  const std::int64_t id = report(1, sink);
  time_.run_for(1s);
  EXPECT_EQ(state_of(id), waiting);
  EXPECT_TRUE(delivered_.empty());
  exchange_.replies = [](const posted&) { return sink_reply{.status = 204}; };
  time_.run_for(10s);
  ASSERT_EQ(delivered_.size(), 1U);
  EXPECT_EQ(delivered_[0].channel_name, "c1");
  exchange_.replies = [](const posted&) { return sink_reply{.status = 410}; };
  report(1, sink);
  time_.run_for(10s);
  EXPECT_EQ(delivered_.size(), 1U);
  for (const event& each : events_.all) expect_described_event("delivery", each.data);
}

// Else the same report, sent again after a kill, would be told twice.
TEST_F(Reporter, TellsOfADeliveredReportOnceThatIsRecorded) {
  start();
  outbox_.full = true;
  report(1, sink);
  time_.run_for(1min);
  EXPECT_EQ(exchange_.taken.size(), 1U);
  EXPECT_TRUE(delivered_.empty());
  outbox_.full = false;
  time_.run_for(2s);
  ASSERT_EQ(delivered_.size(), 1U);
  EXPECT_LT(delivered_[0].at - start_of_tick(1'700'000'000), 1s) << "it is the sink's answer";
}

TEST_F(Reporter, ObeysRetryAfterForAnHourAtMost) {
  struct row {
    unsigned status;
    const char* asked;
    double least, most;
  };
  for (const auto& [status, asked, least, most] :
       {row{429, "100", 100, 101}, row{503, "Tue, 14 Nov 2023 22:15:20 GMT", 119, 121},
        row{429, "999999999999999999999", 3'600, 3'601}, row{503, "soon", 2, 5},
        row{503, "Tue, 14 Nov 2023 22:00:00 GMT", 2, 5}, row{500, "100", 2, 5}}) {
    const steady_time begun = time_.clock().steady();
    time_.step_wall(start_of_tick(1'700'000'000) - time_.clock().wall());
    exchange_.sends.clear();
    exchange_.replies = [&](const posted&) {
      return exchange_.sends.empty() ? sink_reply{.status = status, .retry_after = asked}
                                     : sink_reply{};
    };
    restart();
    start();
    report(1, sink);
    report(2, sink);
    time_.run_for(2h);
    ASSERT_EQ(exchange_.sends.size(), 3U) << asked;
    const double wait =
        std::chrono::duration<double>(exchange_.sends[1].at - begun).count() - 0.010;
    EXPECT_GE(wait, least) << asked;
    EXPECT_LE(wait, most) << asked;
  }
}

TEST_F(Reporter, DoesNotLetOneChannelsCredentialsHoldUpTheOthers) {
  exchange_.replies = [](const posted& of) {
    return sink_reply{.status = id_of(of) == 1 ? 401U : 200U};
  };
  start();
  report(1, sink);
  report(1, sink);
  for (int i = 0; i < 600; ++i) {
    report(2, sink);
    time_.run_for(100ms);
  }
  time_.run_for(1s);
  EXPECT_EQ(exchange_.taken.size(), 600U);
  EXPECT_EQ(state_of(1), waiting);
  EXPECT_EQ(state_of(2), waiting);
  const auto attempts = outbox_.rows.at(1).attempts;
  EXPECT_GE(attempts, 4U);
  EXPECT_LE(attempts, 8U);
}

TEST_F(Reporter, DisablesASinkThatIsGoneUntilAChannelOfItIsChanged) {
  channel_entry& entry = book_.add(1, "c1", {.reporting_url = sink}, 0);
  exchange_.replies = [](const posted&) { return sink_reply{.status = 410}; };
  start();
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 2'000; ++i) ids.push_back(report(1 + i % 3, sink));
  time_.run_for(10s);
  ids.push_back(report(1, sink));
  time_.run_for(1s);
  EXPECT_EQ(exchange_.sends.size(), 1U);
  for (const std::int64_t id : ids) ASSERT_EQ(state_of(id), sink_disabled) << id;
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_TRUE(lines_[0].starts_with("error   a sink answered 410: ")) << lines_[0];
  EXPECT_TRUE(lines_[0].ends_with(" sink=sink")) << lines_[0];
  exchange_.replies = [](const posted&) { return sink_reply{}; };
  book_.change(entry, {.reporting_url = sink});
  const std::int64_t next = report(2, sink);
  time_.run_for(1s);
  EXPECT_EQ(state_of(next), delivered);
}

TEST_F(Reporter, EndsReportsThatAreOlderThanADay) {
  exchange_.replies = [](const posted&) { return sink_reply{.status = 500}; };
  start();
  const std::int64_t first = report(1, sink);
  time_.run_for(12h);
  const std::int64_t second = report(2, sink);
  time_.run_for(12h - 1min);
  EXPECT_EQ(state_of(first), waiting);
  time_.run_for(2min);
  EXPECT_EQ(state_of(first), expired);
  EXPECT_EQ(outbox_.rows.at(first).last_error, "answered 500");
  EXPECT_EQ(state_of(second), waiting);
  time_.run_for(12h);
  EXPECT_EQ(state_of(second), expired);
}

TEST_F(Reporter, EndsOldReportsInTimeEvenWhileTheSinkAsksForLongWaits) {
  exchange_.replies = [](const posted&) {
    return sink_reply{.status = 429, .retry_after = "3600"};
  };
  start();
  const std::int64_t id = report(1, sink);
  time_.run_for(24h + 2min);
  EXPECT_EQ(state_of(id), expired);
  EXPECT_LE(exchange_.sends.size(), 25U);
}

TEST_F(Reporter, TriesAnEndedReportOnceMoreWhenItIsAskedTo) {
  exchange_.replies = [](const posted&) { return sink_reply{.status = 500}; };
  start();
  const std::int64_t old = report(1, sink);
  time_.run_for(25h);
  ASSERT_EQ(state_of(old), expired);
  int done = 0;
  const auto good = [&](const outcome<void>& said) {
    EXPECT_TRUE(said) << said.error().what;
    ++done;
  };
  const std::size_t before = exchange_.sends.size();
  reporter_->retry(old, good);
  time_.run_for(10s);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(exchange_.sends.size(), before + 1);
  EXPECT_EQ(state_of(old), expired);  // once
  exchange_.replies = [](const posted&) { return sink_reply{}; };
  reporter_->retry(old, good);
  time_.run_for(1s);
  EXPECT_EQ(state_of(old), delivered);
  std::vector<errc> codes;
  const auto bad = [&](const outcome<void>& said) { codes.push_back(said.error().code); };
  reporter_->retry(old, bad);
  reporter_->retry(old + 99, bad);
  const std::int64_t gone = store(1, sink);
  outbox_.rows.at(gone).state = channel_deleted;
  reporter_->retry(gone, bad);
  time_.run_for(1s);
  EXPECT_EQ(codes, (std::vector{errc::data_conflict, errc::not_found, errc::data_conflict}));
}

TEST_F(Reporter, SendsAWaitingReportAtOnceWhenItIsAskedTo) {
  exchange_.replies = [](const posted&) {
    return sink_reply{.status = 429, .retry_after = "3600"};
  };
  start();
  report(1, sink);
  const std::int64_t second = report(2, sink);
  time_.run_for(1min);
  exchange_.replies = [](const posted&) { return sink_reply{}; };
  reporter_->retry(second, [](const outcome<void>& said) { EXPECT_TRUE(said); });
  time_.run_for(1s);
  EXPECT_EQ(state_of(second), delivered);
  EXPECT_EQ(exchange_.taken.size(), 2U);
}

TEST_F(Reporter, ForgetsAChannelThatIsRemoved) {
  exchange_.replies = [](const posted&) { return sink_reply{.status = 500}; };
  start();
  const std::int64_t gone = report(1, sink);
  const std::int64_t kept = report(2, sink);
  time_.run_for(20s);
  outbox_.rows.at(gone).state = channel_deleted;
  outbox_.lanes[{sink, 1}].clear();
  reporter_->forget(1);
  exchange_.replies = [](const posted&) { return sink_reply{}; };
  time_.run_for(1min);
  EXPECT_EQ(state_of(gone), channel_deleted);
  EXPECT_EQ(state_of(kept), delivered);
  EXPECT_EQ(ids_of(exchange_.taken), std::vector{kept});
}

TEST_F(Reporter, DrainsWhatIsInFlightAndSendsNothingMore) {
  exchange_.replies = [](const posted&) { return sink_reply{.after = 2s}; };
  start();
  report(1, sink);
  report(1, sink);
  time_.run_for(1s);
  steady_time drained{};
  reporter_->drain(time_.clock().steady() + 10s, [&] { drained = time_.clock().steady(); });
  time_.run_for(500ms);
  EXPECT_EQ(drained, steady_time{});
  time_.run_for(20s);
  EXPECT_GT(drained, steady_time{});
  EXPECT_LT(drained, time_.clock().steady() - 18s);
  EXPECT_EQ(state_of(1), delivered);
  EXPECT_EQ(exchange_.sends.size(), 1U);
}

TEST_F(Reporter, GivesUpDrainingAtTheDeadline) {
  exchange_.replies = [](const posted&) { return sink_reply{.after = 4s}; };
  start();
  report(1, sink);
  time_.run_for(1s);
  int drained = 0;
  reporter_->drain(time_.clock().steady() + 1s, [&] { ++drained; });
  time_.run_for(1s);
  EXPECT_EQ(drained, 1);
  time_.run_for(10s);
  EXPECT_EQ(drained, 1);
}

TEST_F(Reporter, KeepsOutcomesUntilTheStoreTakesThem) {
  start();
  outbox_.full = true;
  const std::int64_t id = report(1, sink);
  const std::int64_t second = report(1, sink);
  time_.run_for(1min);
  EXPECT_EQ(state_of(id), waiting);
  EXPECT_EQ(lines_.size(), 1U);
  outbox_.full = false;
  time_.run_for(2s);
  EXPECT_EQ(state_of(id), delivered);
  EXPECT_EQ(state_of(second), delivered);
  EXPECT_EQ(exchange_.sends.size(), 2U);
}

}  // namespace
}  // namespace reprise
