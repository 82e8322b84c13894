// Our own reports as delivery events, and what is told of each minute, in simulated time.
#include <gtest/gtest.h>

#include <deque>

#include "host/moving_average/minute_teller.hpp"
#include "host/moving_average/report_journal.hpp"
#include "host/simulated_time.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr wall_time begin{std::chrono::seconds{1'700'000'000}};  // 22:13:20

struct kept_event {
  std::string client, name;
  double seconds;
  event_time time, received;
};

class scripted_writer final : public delivery_writer {
 public:
  outcome<void> prepare() override { return {}; }
  outcome<void> add(const event_batch& events, event_time received) override {
    ++calls;
    if (fails) return *fails;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const delivery_event each = events[i];
      kept.push_back({std::string{each.client_name.value()}, std::string{each.event_name.value()},
                      each.duration.mean(1), each.time, received});
    }
    return {};
  }
  outcome<std::uint64_t> expire(event_time) override { return 0U; }

  std::vector<kept_event> kept;
  int calls = 0;
  std::optional<failure> fails;
};

class Journal : public testing::Test {
 protected:
  void report(int count = 1) {
    for (int i = 0; i < count; ++i) {
      journal.add("bbc1", tick_of(time.clock().wall()) - 2, time.clock().wall());
    }
  }
  simulated_scheduler time{begin};
  simulated_executor disk{time, 10ms};
  scripted_writer store;
  delivery_figures figures;
  report_journal journal{time, disk, store, figures};
};

TEST_F(Journal, StoresEachReportAsAnEventOfItsChannel) {
  time.run_for(1'234'567us);
  journal.add("bbc1", 1'699'999'999, time.clock().wall());
  EXPECT_EQ(journal.waiting(), 1U);
  time.run_for(2s);
  ASSERT_EQ(store.kept.size(), 1U);
  EXPECT_EQ(store.kept[0].client, "bbc1");
  EXPECT_EQ(store.kept[0].name, "report_delivered");
  EXPECT_EQ(store.kept[0].seconds, 2.234);
  EXPECT_EQ(store.kept[0].time.time_since_epoch(), 1'700'000'001'234'567us);
  EXPECT_EQ(journal.waiting(), 0U);
  EXPECT_EQ(figures.stored[2], 1U);
}

TEST_F(Journal, TakesNoTimeForLessThanNone) {
  journal.add("a", 1'700'000'005, time.clock().wall());
  time.run_for(2s);
  EXPECT_EQ(store.kept.at(0).seconds, 0);
}

TEST_F(Journal, GathersForHalfASecondAndStoresTogether) {
  for (int i = 0; i < 4; ++i) {
    report();
    time.run_for(100ms);
  }
  EXPECT_EQ(store.calls, 0);
  time.run_for(200ms);
  EXPECT_EQ(store.calls, 1);
  EXPECT_EQ(store.kept.size(), 4U);
  time.run_for(10s);
  EXPECT_EQ(store.calls, 1);
}

TEST_F(Journal, KeepsWhatTheDiskRefusesUpToItsBound) {
  store.fails = failure{errc::storage_full, "full"};
  report(10);
  time.run_for(5s);
  EXPECT_GE(store.calls, 3);
  report(static_cast<int>(report_journal::waiting_max) - 10 + 7);
  EXPECT_EQ(journal.waiting(), report_journal::waiting_max);
  EXPECT_EQ(figures.dropped, 7U);
  store.fails.reset();
  time.run_for(5s);
  EXPECT_EQ(store.kept.size(), report_journal::waiting_max);
  EXPECT_EQ(journal.waiting(), 0U);
}

TEST_F(Journal, DropsWhatTheStoreWillNeverTake) {
  store.fails = failure{errc::out_of_range, "too many"};
  report(3);
  time.run_for(2s);
  store.fails.reset();
  report();
  time.run_for(3s);
  EXPECT_EQ(figures.dropped, 3U);
  EXPECT_EQ(store.kept.size(), 1U);
}

TEST_F(Journal, StoresWhatWaitsBeforeItEnds) {
  report(2);
  time.run_for(1s);  // on its way
  report(3);
  bool drained = false;
  journal.drain(time.clock().steady() + 5s, [&] {
    drained = true;
    EXPECT_EQ(store.kept.size(), 5U);
  });
  EXPECT_FALSE(drained);
  time.run_for(100ms);
  EXPECT_TRUE(drained);
}

TEST_F(Journal, WaitsForADeadDiskUntilTheDeadlineAlone) {
  disk.set_delay(1h);
  report();
  std::optional<steady_time> drained;
  const auto deadline = time.clock().steady() + 5s;
  journal.drain(deadline, [&] { drained = time.clock().steady(); });
  time.run_for(2h);
  EXPECT_EQ(drained, deadline);
}

class scripted_reader final : public delivery_reader {
 public:
  outcome<std::vector<duration_total>> averages(std::uint32_t window, event_minute from,
                                                event_minute to,
                                                const std::string& client) override {
    EXPECT_EQ(from, to);
    EXPECT_EQ(client, "");
    if (window == 3) return failure{errc::io_failed, "no"};
    return std::vector{duration_total{*duration_sum::of_seconds(25.5 * window), 1}};
  }
};

struct heard_events final : event_sink {
  void publish(event each) override { told.push_back(std::move(each)); }
  [[nodiscard]] bool heard() const noexcept override { return listens; }
  std::deque<event> told;
  bool listens = true;
};

class Teller : public testing::Test {
 protected:
  std::vector<std::string> told() {
    std::vector<std::string> data;
    for (const event& each : events.told) data.push_back(each.data.substr(9, 19));
    events.told.clear();
    return data;
  }
  simulated_scheduler time{begin};
  simulated_executor disk{time, 10ms};
  scripted_reader store;
  heard_events events;
  minute_teller teller{time, time, disk, store, events, {1, 3, 10}};
};

TEST_F(Teller, TellsEachWindowTwoSecondsAfterItsMinute) {
  teller.start();
  time.run_until(time.clock().steady() + 41'999ms);  // 22:14:01.999
  EXPECT_TRUE(events.told.empty());
  time.run_for(20ms);
  ASSERT_EQ(events.told.size(), 2U);
  EXPECT_EQ(events.told[0].kind, "moving_average");
  EXPECT_EQ(events.told[0].channel, "");
  EXPECT_EQ(events.told[0].data,
            R"({"date":"2023-11-14 22:14:00","window_size":1,"average_delivery_time":25.5})");
  EXPECT_EQ(events.told[1].data,
            R"({"date":"2023-11-14 22:14:00","window_size":10,"average_delivery_time":255})");
}

TEST_F(Teller, TellsEachMinuteOnce) {
  teller.start();
  time.run_for(1h);
  EXPECT_EQ(events.told.size(), 2U * 60);
}

TEST_F(Teller, TellsNothingWhereNobodyWatches) {
  events.listens = false;
  teller.start();
  time.run_for(1h);
  EXPECT_TRUE(events.told.empty());
  events.listens = true;
  time.run_for(1min);
  EXPECT_EQ(events.told.size(), 2U);
}

TEST_F(Teller, TellsNoMinuteTwiceWhenTheClockSteps) {
  using texts = std::vector<std::string>;
  teller.start();
  time.run_for(45s);  // 22:14:05
  EXPECT_EQ(told(), (texts{"2023-11-14 22:14:00", "2023-11-14 22:14:00"}));
  time.step_wall(-30s);  // 22:13:35
  time.run_for(50s);
  EXPECT_EQ(told(), texts{});
  time.run_for(45s);  // 22:15:10
  EXPECT_EQ(told(), (texts{"2023-11-14 22:15:00", "2023-11-14 22:15:00"}));
  time.step_wall(1h);  // 23:15:10
  time.run_for(3s);
  EXPECT_EQ(told(), (texts{"2023-11-14 23:15:00", "2023-11-14 23:15:00"}));
  time.step_wall(-1h);  // 22:15:13: further back than it waits
  time.run_for(50s);    // 22:16:03
  EXPECT_EQ(told(), (texts{"2023-11-14 22:16:00", "2023-11-14 22:16:00"}));
}

}  // namespace
}  // namespace reprise
