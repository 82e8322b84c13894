// The reporter under load, and against faults that come as a seed says.
#include <random>
#include <set>

#include "tests/reporter_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using enum delivery_state;

constexpr const char* sink = "http://sink/";

struct gauges final : metric_writer {
  void counter(std::string_view name, std::string_view, metric_labels labels,
               double value) override {
    std::string full{name};
    for (const auto& [key, label] : labels) full.append(" ").append(label);
    values[full] = value;
  }
  void gauge(std::string_view name, std::string_view, metric_labels, double value) override {
    values[std::string{name}] = value;
  }
  void histogram(std::string_view name, std::string_view, metric_labels,
                 const latency_histogram& value) override {
    double all = 0;
    for (const std::uint64_t count : value.counts()) all += static_cast<double>(count);
    values[std::string{name}] = all;
  }
  std::map<std::string, double> values;
};

class ReporterUnderLoad : public reporter_fixture {
 protected:
  std::map<std::string, double> metrics() {
    gauges read;
    reporter_->write_metrics(read);
    return read.values;
  }
  // Of each channel to each sink, what was taken came in order, and once.
  void expect_order() {
    std::map<std::pair<std::string, channel_number>, std::int64_t> last;
    for (const posted& of : exchange_.taken) {
      auto& before = last[{of.url, outbox_.rows.at(id_of(of)).channel}];
      ASSERT_LT(before, id_of(of));
      before = id_of(of);
    }
  }
};

TEST_F(ReporterUnderLoad, HoldsABoundedWindowAndLoadsTheRestFromTheStore) {
  exchange_.replies = [](const posted&) { return sink_reply{.after = 100ms}; };
  start();
  report(0, sink);
  time_.run_for(1s);
  for (int i = 0; i < 6'000; ++i) report(i % 500, sink);
  double most = 0;
  for (int i = 0; i < 400; ++i) {
    most = std::max(most, metrics()["reprise_reports_in_memory"]);
    time_.run_for(100ms);
  }
  EXPECT_GT(most, 100);
  EXPECT_LE(most, window_reports_max);
  EXPECT_EQ(exchange_.taken.size(), 6'001U);
  EXPECT_EQ(metrics()["reprise_reports_in_memory"], 0);
  EXPECT_EQ(metrics()["reprise_report_send_seconds"], 6'001);
  // 32 at once, 10 a second each: no slower than that by much.
  EXPECT_LT(since_start(exchange_.taken.back()), 1 + 6'000 / 320.0 * 1.2);
  expect_order();
}

TEST_F(ReporterUnderLoad, MeasuresTheDelayOfFirstSendsOfWhatWasNotLoaded) {
  bool fails = false;
  exchange_.replies = [&](const posted&) {
    return sink_reply{.status = std::exchange(fails, false) ? 503U : 204U};
  };
  store(1, sink);
  start();
  time_.run_for(1min);
  EXPECT_EQ(exchange_.taken.size(), 1U);
  EXPECT_EQ(metrics()["reprise_report_delay_seconds"], 0);
  delivery fresh = made(2, sink);
  fresh.received = time_.clock().steady() - 15ms;
  fresh.id = outbox_.add(fresh);
  fails = true;  // its second send is taken, and is no measure
  reporter_->enqueue(fresh);
  time_.run_for(1min);
  EXPECT_EQ(exchange_.taken.size(), 2U);
  EXPECT_EQ(metrics()["reprise_report_delay_seconds"], 1);
}

TEST_F(ReporterUnderLoad, HoldsNothingInMemoryForASinkThatIsDown) {
  exchange_.replies = [](const posted&) { return sink_reply{.status = 0}; };
  start();
  for (int i = 0; i < 5'000; ++i) {
    report(i % 100, sink);
    time_.run_for(20ms);
  }
  EXPECT_EQ(metrics()["reprise_reports_in_memory"], 0);
  EXPECT_EQ(metrics()["reprise_outbox_waiting"], 5'000);
  EXPECT_EQ(metrics()["reprise_sinks_failing"], 1);
}

// The quick sink's reports take as long beside a slow and a dead one as alone.
TEST_F(ReporterUnderLoad, DoesNotSlowAQuickSinkBesideSlowOnes) {
  const auto delays = [&](bool alone) {
    exchange_.taken.clear();
    std::map<std::int64_t, steady_time> made_at;
    for (int i = 0; i < 1'000; ++i) {
      made_at[report(i % 10, "http://quick/")] = time_.clock().steady();
      for (int other = 0; other < 20 && !alone; ++other) {
        report(100 + i % 50, "http://slow/" + std::to_string(other));
        report(100 + i % 50, "http://dead/" + std::to_string(other));
      }
      time_.run_for(20ms);
    }
    time_.run_for(1s);
    std::vector<double> all;
    for (const posted& of : exchange_.taken) {
      if (of.url != "http://quick/") continue;
      all.push_back(std::chrono::duration<double>(of.at - made_at.at(id_of(of))).count());
    }
    EXPECT_EQ(all.size(), 1'000U);
    std::sort(all.begin(), all.end());
    return all;
  };
  exchange_.replies = [](const posted& of) {
    if (of.url.starts_with("http://slow/")) return sink_reply{.after = 4'900ms};
    if (of.url.starts_with("http://dead/")) return sink_reply{.after = 1h};
    return sink_reply{.after = 5ms};
  };
  start();
  report(0, "http://quick/");
  time_.run_for(1s);
  const auto alone = delays(true);
  EXPECT_EQ(delays(false), alone);
}

TEST_F(ReporterUnderLoad, TakesUpWhatWaitsFromBeforeInOrderAndOnce) {
  exchange_.replies = [](const posted&) { return sink_reply{.after = 5ms}; };
  for (int i = 0; i < 5'000; ++i) store(i % 37, i % 3 == 0 ? sink : "http://other/");
  reporter_->start(outbox_, book_);
  for (int i = 0; i < 200; ++i) {
    report(i % 37, sink);  // while the store is still being read
    time_.run_for(100us);
  }
  time_.run_for(20s);
  EXPECT_EQ(exchange_.taken.size(), 5'200U);
  EXPECT_EQ(exchange_.sends.size(), 5'200U);
  expect_order();
}

// A backlog of 20,000 and 100 new reports a second, of channels without one: the sink takes 160 a
// second, so that half of them are 80 new ones a second, from the first second on.
TEST_F(ReporterUnderLoad, LeavesHalfOfTheSendsToNewReportsWhileABacklogDrains) {
  exchange_.replies = [](const posted&) { return sink_reply{.after = 200ms}; };
  for (int i = 0; i < 20'000; ++i) store(i % 400, sink);
  time_.run_for(10min);
  start();
  const std::int64_t newest_of_backlog = outbox_.next_id - 1;
  for (int i = 0; i < 6'000; ++i) {
    report(1'000 + i % 300, sink);
    time_.run_for(10ms);
  }
  double fresh = 0, aged = 0;
  for (const posted& of : exchange_.taken) ++(id_of(of) > newest_of_backlog ? fresh : aged);
  EXPECT_GT(fresh + aged, 9'000);
  EXPECT_NEAR(fresh / (fresh + aged), 0.5, 0.05);
  expect_order();
}

TEST_F(ReporterUnderLoad, ServesTenThousandChannelsOfOneSink) {
  exchange_.replies = [](const posted&) { return sink_reply{.after = 5ms}; };
  start();
  for (int second = 0; second < 5; ++second) {
    for (int channel = 0; channel < 10'000; ++channel) report(channel, sink);
    time_.run_for(1s);
  }
  time_.run_for(10s);
  EXPECT_EQ(exchange_.taken.size(), 50'000U);
  EXPECT_EQ(exchange_.in_flight_max[sink], static_cast<int>(sends_a_sink_max));
  EXPECT_EQ(outbox_.waiting(), 0U);
  expect_order();
}

TEST_F(ReporterUnderLoad, BoundsWhatIsInFlightToManySinksThatHang) {
  exchange_.replies = [](const posted&) { return sink_reply{.after = 1h}; };
  start();
  for (int i = 0; i < 3'000; ++i) report(i, "http://sink/" + std::to_string(i));
  double most = 0;
  for (int i = 0; i < 100; ++i) {
    most = std::max(most, metrics()["reprise_report_sends"]);
    time_.run_for(500ms);
  }
  EXPECT_EQ(most, probes_max);
}

// Sinks fail, refuse, hang, ask for time and come back; channels go; the disk is full for a while.
// In the end all that waits is delivered, in order; what was recorded as delivered is never sent
// again; one report of a channel is in flight at a time.
class ReporterFaults : public ReporterUnderLoad, public ::testing::WithParamInterface<unsigned> {};

TEST_P(ReporterFaults, EndsEveryReportOnceAndInOrder) {
  std::mt19937 random{GetParam()};
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  bool calm = false;
  std::map<std::pair<std::string, channel_number>, steady_time> busy_until;
  exchange_.replies = [&](const posted& of) {
    sink_reply reply{.after = 1ms + std::chrono::milliseconds{below(100)}};
    const unsigned drawn = calm ? 99 : below(100);
    if (drawn < 10) reply.status = 500;
    if (drawn == 10) reply.status = 403;
    if (drawn == 11) reply.after = 1h;
    if (drawn == 12) reply = {.status = 429, .retry_after = std::to_string(below(20))};
    if (drawn == 13) reply.status = 0;
    const delivery& row = outbox_.rows.at(id_of(of));
    EXPECT_EQ(row.state, waiting) << row.id;
    auto& until = busy_until[{row.sink_url, row.channel}];
    EXPECT_LE(until, of.at) << row.id;
    until = of.at + std::min<std::chrono::nanoseconds>(reply.after, 5s);
    return reply;
  };
  start();
  std::set<channel_number> gone;
  for (int step = 0; step < 3'000; ++step) {
    const auto channel = static_cast<channel_number>(below(40));
    const std::string url = "http://sink/" + std::to_string(below(4));
    if (!gone.contains(channel)) report(channel, url);
    if (below(1'000) == 0) {
      gone.insert(channel);
      for (auto& [lane, ids] : outbox_.lanes) {
        if (lane.second != channel) continue;
        for (const std::int64_t id : ids) outbox_.rows.at(id).state = channel_deleted;
        ids.clear();
      }
      reporter_->forget(channel);
    }
    if (below(300) == 0) outbox_.full = !outbox_.full;
    time_.run_for(std::chrono::milliseconds{below(30)});
  }
  outbox_.full = false;
  calm = true;
  time_.run_for(5min);
  for (const auto& [id, row] : outbox_.rows) {
    EXPECT_EQ(row.state,
              gone.contains(row.channel) && row.state != delivered ? channel_deleted : delivered)
        << id;
  }
  for (const auto& [url, most] : exchange_.in_flight_max) {
    EXPECT_LE(most, static_cast<int>(sends_a_sink_max));
  }
  EXPECT_EQ(metrics()["reprise_reports_in_memory"], 0);
  expect_order();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReporterFaults, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace reprise
