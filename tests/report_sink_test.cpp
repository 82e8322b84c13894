#include "net/simulate/report_sink.hpp"

#include <gtest/gtest.h>

#include "tests/simulate_support.hpp"

namespace reprise {
namespace {

constexpr std::int64_t begin = 1'700'000'000;
constexpr const char* one = R"({"channel":"a","time":1700000000,"match_times":[1699999990]})";

wall_time at_ms(std::int64_t milliseconds) {
  return wall_time{std::chrono::milliseconds{begin * 1'000 + milliseconds}};
}

std::string report_of(std::int64_t time) {
  return R"({"channel":"a","time":)" + std::to_string(time) + R"(,"match_times":[5]})";
}

TEST(ReportLog, KeepsTheFirstArrivalOfEachReport) {
  report_log log;
  EXPECT_EQ(log.take(one, "id1", at_ms(700)), 204U);
  EXPECT_EQ(log.take(one, "id1", at_ms(900)), 204U);
  const channel_reports& channel = log.channels().at("a");
  EXPECT_EQ(channel.by_time.at(begin).match_times, std::vector<std::int64_t>{1'699'999'990});
  EXPECT_EQ(channel.by_time.at(begin).arrived_ms, begin * 1'000 + 700);
  EXPECT_EQ(channel.duplicates, 1U);
  EXPECT_EQ(channel.contradictions, 0U);
  EXPECT_EQ(log.delays_ms(), std::vector<std::int64_t>{700});
}

TEST(ReportLog, CountsDuplicatesThatContradict) {
  report_log log;
  EXPECT_EQ(log.take(report_of(begin), "id1", at_ms(0)), 204U);
  EXPECT_EQ(log.take(one, "id1", at_ms(1)), 204U);               // says something else
  EXPECT_EQ(log.take(report_of(begin), "id2", at_ms(2)), 204U);  // goes by another id
  EXPECT_EQ(log.channels().at("a").contradictions, 2U);
  EXPECT_EQ(log.channels().at("a").duplicates, 0U);
  EXPECT_EQ(log.counts().ids_reused, 0U);
}

TEST(ReportLog, CountsIdsThatStandForTwoReports) {
  report_log log;
  EXPECT_EQ(log.take(report_of(begin), "id1", at_ms(0)), 204U);
  EXPECT_EQ(log.take(report_of(begin + 1), "id1", at_ms(1)), 204U);
  EXPECT_EQ(log.counts().ids_reused, 1U);
}

TEST(ReportLog, CountsNewReportsThatComeBehindLaterOnes) {
  report_log log;
  std::int64_t id = 0;
  for (const std::int64_t time : {3, 1, 5, 4}) {
    EXPECT_EQ(log.take(report_of(begin + time), std::to_string(++id), at_ms(0)), 204U);
  }
  EXPECT_EQ(log.take(report_of(begin + 3), "1", at_ms(0)), 204U);  // a duplicate may come any time
  EXPECT_EQ(log.channels().at("a").out_of_order, 2U);
}

TEST(ReportLog, TakesOnlyReportsWrittenAsTheyMustBe) {
  report_log log;
  for (const char* body : {"", "{}", "[]", "nonsense", R"({"channel":"a","time":1})",
                           R"({"channel": "a","time":1,"match_times":[]})",
                           R"({"time":1,"channel":"a","match_times":[]})",
                           R"({"channel":"a","time":1.0,"match_times":[]})",
                           R"({"channel":"a","time":1,"match_times":[1.5]})",
                           R"({"channel":"a","time":1,"match_times":[],"scores":[]})",
                           R"({"channel":"-","time":1,"match_times":[]})",
                           R"({"channel":"a","time":-1,"match_times":[]})",
                           "{\"channel\":\"a\",\"time\":1,\"match_times\":[]}\n"}) {
    EXPECT_EQ(log.take(body, "id", at_ms(0)), 422U) << body;
  }
  EXPECT_EQ(log.take(one, "", at_ms(0)), 422U);
  EXPECT_EQ(log.counts().malformed, 14U);
  EXPECT_TRUE(log.channels().empty());
}

TEST(DelayPercentiles, AreTheNearestRanks) {
  std::vector<std::int64_t> delays;
  for (std::int64_t i = 200; i > 0; --i) delays.push_back(i);
  const auto found = percentiles_of(delays);
  EXPECT_EQ(found.count, 200);
  EXPECT_EQ(found.p50_ms, 100);
  EXPECT_EQ(found.p90_ms, 180);
  EXPECT_EQ(found.p99_ms, 198);
  EXPECT_EQ(found.greatest_ms, 200);
  EXPECT_EQ(percentiles_of({7}).p50_ms, 7);
  EXPECT_EQ(percentiles_of({}).count, 0);
}

std::string post(const std::string& body, const std::string& id = "id1") {
  return "POST /reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nwebhook-id: " +
         id + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class sink_running {
 public:
  explicit sink_running(const report_sink_options& options)
      : sink{*report_sink::make(io, clock, options)}, network{io} {}
  std::string ask(const std::string& request) {
    byte_client client{sink->address()};
    client.send(request);
    return status_of(client.read_answer());
  }
  standing_clock clock{begin};
  net::io_context io{1};
  std::unique_ptr<report_sink> sink;
  network_thread network;
};

TEST(ReportSink, TakesReportsAndAnswers204) {
  sink_running running{{.slow = std::chrono::milliseconds{1}}};
  running.clock.set(begin, 850);
  EXPECT_EQ(running.ask(post(one)), "204");
  EXPECT_EQ(running.ask(post("{}")), "422");
  EXPECT_EQ(running.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "405");
  EXPECT_EQ(running.ask(post(std::string(report_bytes_max + 1, 'x'))), "413");
  running.network.finish();
  EXPECT_EQ(running.sink->log().delays_ms(), std::vector<std::int64_t>{850});
  EXPECT_EQ(running.sink->log().counts().malformed, 2U);
}

TEST(ReportSink, AnswersWhatItIsToldToAndTakesOnlyWhatItConfirms) {
  sink_running refusing{{.status = 410}};
  EXPECT_EQ(refusing.ask(post(one)), "410");
  sink_running taking{{.status = 202}};
  EXPECT_EQ(taking.ask(post(one)), "202");
  for (sink_running* each : {&refusing, &taking}) each->network.finish();
  EXPECT_EQ(refusing.sink->log().counts().turned_away, 1U);
  EXPECT_TRUE(refusing.sink->log().channels().empty());
  EXPECT_EQ(taking.sink->log().counts().accepted, 1U);
}

TEST(ReportSink, ResetsWhileItIsDownAndTakesReportsAgainAfterwards) {
  sink_running running{{.down = sink_period{10, 20}}};
  EXPECT_EQ(running.ask(post(one)), "204");
  byte_client kept{running.sink->address()};  // was there before
  kept.send(post(report_of(begin + 1), "id2"));
  EXPECT_EQ(status_of(kept.read_answer()), "204");
  running.clock.set(begin + 10, 0);
  kept.send(post(report_of(begin + 2), "id3"));
  EXPECT_EQ(kept.read_all(), "");
  EXPECT_EQ(running.ask(post(report_of(begin + 2), "id3")), "");
  running.clock.set(begin + 20, 0);
  EXPECT_EQ(running.ask(post(report_of(begin + 2), "id3")), "204");
  running.network.finish();
  EXPECT_EQ(running.sink->log().channels().at("a").by_time.size(), 3U);
}

TEST(ReportSink, AnswersItsStatusWhileItIsDown) {
  sink_running running{{.status = 503, .down = sink_period{10, 20}}};
  EXPECT_EQ(running.ask(post(one)), "204");
  running.clock.set(begin + 15, 0);
  EXPECT_EQ(running.ask(post(report_of(begin + 1), "id2")), "503");
}

}  // namespace
}  // namespace reprise
