// What the poller makes of sources that fail, hang, come and go.
#include "net/poller.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/poller_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t begin = polled_world::first_tick;

simulated_source failing(fault_kind kind, double from, double to, double amount = 0) {
  return {{0.5, 0, 0, 0.01, 7}, false, {{from, to, kind, amount}}};
}

std::vector<std::pair<double, std::int64_t>> asks_of(polled_world& world, std::size_t source) {
  std::vector<std::pair<double, std::int64_t>> made;
  for (const served_answer& one : world.sources.served(source)) {
    made.emplace_back(one.asked, one.content);
  }
  return made;
}

TEST(Poller, AsksEachChannelOnceATickAndHandsOnWhatItAnswers) {
  polled_world world;
  world.add_plain();
  world.run_for(100s);
  EXPECT_TRUE(world.without_holes(1));
  EXPECT_EQ(world.times(1).front(), begin);
  EXPECT_EQ(world.arrivals[1].size(), 100u);
  EXPECT_EQ(world.count(1, gap_reason::none), 100u);
  EXPECT_EQ(state_of(*world.book.find("c1")), "live");
}

TEST(Poller, AsksSourcesWithFrameTimesInTheFirstTenthOfTheSecond) {
  polled_world world;
  for (std::uint64_t i = 0; i < 20; ++i) world.add({{0.5, 0, 0, 0.01, i}, true, {}});
  world.run_for(30s);
  std::vector<double> offsets;
  for (std::size_t i = 0; i < 20; ++i) {
    for (const served_answer& one : world.sources.served(i)) {
      if (one.asked < 2) continue;
      offsets.push_back(one.asked - std::floor(one.asked));
    }
  }
  EXPECT_EQ(offsets.size(), 20u * 28);
  const auto [least, most] = std::minmax_element(offsets.begin(), offsets.end());
  EXPECT_LT(*most, 0.1);
  EXPECT_LT(*least, 0.02);
  EXPECT_GT(*most, 0.08);
}

// Three in ten sources hang: the others' asks are the very same as when all answer.
TEST(Poller, LetsSourcesThatHangDelayNobody) {
  constexpr std::size_t channels = 1000;
  const auto run = [](polled_world& world, bool with_hangs) {
    for (std::uint64_t i = 0; i < channels; ++i) {
      simulated_source made{{simulated_chance(i, 50, 0), 0, 0.1, 0.1, i}, false, {}};
      if (with_hangs && i % 10 < 3) made.faults = {{10, 20, fault_kind::hang, 0}};
      world.add(std::move(made));
    }
    world.run_for(25s);
  };
  polled_world calm;
  polled_world hanging;
  run(calm, false);
  run(hanging, true);
  for (std::size_t i = 0; i < channels; ++i) {
    if (i % 10 < 3) continue;
    ASSERT_EQ(asks_of(calm, i), asks_of(hanging, i)) << i;
  }
  EXPECT_EQ(hanging.book.find(channel_number{2})->health, source_health::live);
  EXPECT_GE(hanging.count(2, gap_reason::timeout), 9u);
  EXPECT_TRUE(hanging.without_holes(2));
  EXPECT_FALSE(hanging.sources.crowded());
}

TEST(Poller, GivesEachKindOfFailureItsReasonAndShowsTheLastError) {
  struct row {
    fault_kind kind;
    gap_reason reason;
    std::string error;
    bool frame_time;
    double amount;
  };
  const std::vector<row> rows = {
      {fault_kind::refuse, gap_reason::connect, "connection refused", false, 0},
      {fault_kind::status, gap_reason::status, "HTTP status 503", false, 0},
      {fault_kind::slow, gap_reason::timeout, "no answer in time", false, 2},
      {fault_kind::frame_text, gap_reason::frame_time, "X-Frame-Time is no whole second: 12:00:01",
       true, 0},
      {fault_kind::frame_shift, gap_reason::frame_time, "X-Frame-Time", true, 30},
  };
  polled_world world;
  for (const row& one : rows) {
    world.add({{0.5, 0, 0, 0.01, 7}, one.frame_time, {{5, 8, one.kind, one.amount}}});
  }
  world.run_for(7500ms);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const channel_entry& entry = *world.book.find(static_cast<channel_number>(i + 1));
    EXPECT_NE(entry.last_error.find(rows[i].error), std::string::npos) << entry.last_error;
  }
  world.run_for(10s);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto number = static_cast<channel_number>(i + 1);
    EXPECT_GE(world.count(number, rows[i].reason), 2u) << i;
    EXPECT_TRUE(world.without_holes(number)) << i;
    EXPECT_EQ(world.book.find(number)->last_error, "") << i;
  }
}

TEST(Poller, SaysSlowAndThenDownAndLiveAgainWithOneLineAChange) {
  polled_world world;
  world.add(failing(fault_kind::hang, 10, 30));
  world.run_for(60s);
  EXPECT_EQ(world.lines,
            (std::vector<std::string>{
                "info    a source changed its state channel=c1 state=live circuit=closed",
                "warning a source changed its state channel=c1 state=slow circuit=closed "
                "error=no answer in time",
                "warning a source changed its state channel=c1 state=down circuit=closed "
                "error=no answer in time",
                "info    a source changed its state channel=c1 state=live circuit=closed"}));
  std::size_t told = 0;
  for (const event& one : world.events) {
    EXPECT_EQ(one.kind, "channel");
    told += one.data.find("\"state\":\"down\"") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(told, 1u);
}

TEST(Poller, ProbesASourceThatIsDownForLongEveryFiveSecondsAndIsBackAtOnce) {
  polled_world world;
  world.add(failing(fault_kind::refuse, 10, 200));
  world.run_for(150s);
  EXPECT_TRUE(world.book.find("c1")->circuit_open);
  const std::size_t asked = world.sources.served(0).size();
  world.run_for(40s);
  EXPECT_EQ(world.sources.served(0).size(), asked + 8);
  world.run_for(60s);
  EXPECT_FALSE(world.book.find("c1")->circuit_open);
  EXPECT_TRUE(world.without_holes(1));
  // From 200 s on at most four more ticks pass until it is asked again.
  EXPECT_GE(world.count(1, gap_reason::none), 10u + 45u);
  EXPECT_NEAR(static_cast<double>(world.count(1, gap_reason::circuit)), 130 * 0.8, 4);
}

TEST(Poller, CountsAFlappingSourceWithoutOpeningItsCircuit) {
  polled_world world;
  simulated_source made = failing(fault_kind::refuse, 0, 0);
  for (int i = 0; i < 100; ++i) made.faults.push_back({5. + 4 * i, 7. + 4 * i, fault_kind::refuse});
  world.add(std::move(made));
  world.run_for(400s);
  EXPECT_TRUE(world.without_holes(1));
  EXPECT_NEAR(static_cast<double>(world.count(1, gap_reason::connect)), 198, 4);
  EXPECT_EQ(world.count(1, gap_reason::none) + world.count(1, gap_reason::connect),
            world.arrivals[1].size());
  EXPECT_EQ(world.lines.size(), 1u);
}

TEST(Poller, TakesAFrameTimeOnceAndFillsTheOnesThatWereLeftOut) {
  polled_world world;
  // At 40 s the source leaves out three seconds, at 60 s it says three of them again.
  world.add({{0.3, 0, 0, 0.01, 7}, true, {{40, 60, fault_kind::frame_shift, 3}}});
  world.run_for(80s);
  EXPECT_TRUE(world.without_holes(1));
  EXPECT_EQ(world.count(1, gap_reason::late), 3u);
  EXPECT_EQ(world.count(1, gap_reason::none) + 3, world.arrivals[1].size());
  // While it repeats itself it is asked again within the tick, but not for ever.
  for (std::int64_t tick = begin + 60; tick < begin + 63; ++tick) {
    EXPECT_LE(world.sources.served_at(0, tick).size(), 1u + poller::frame_repeats_max);
  }
  EXPECT_GT(world.sources.served_at(0, begin + 61).size(), 1u);
}

TEST(Poller, EndsTheTicksOfASourceWhoseFrameTimeStandsStill) {
  polled_world world;
  world.add({{0.3, 0, 0, 0.01, 7}, true, {{20, 1000, fault_kind::still, 0}}});
  world.run_for(300s);
  EXPECT_TRUE(world.without_holes(1));
  // Sixty times it is too old, then the circuit opens.
  EXPECT_EQ(world.count(1, gap_reason::none), 21u);
  EXPECT_NEAR(static_cast<double>(world.arrivals[1].size()), 300 - 61, 3);
  EXPECT_TRUE(world.book.find("c1")->circuit_open);
  EXPECT_LE(world.sources.served(0).size(), 330u);
}

TEST(Poller, StartsThousandsOfNewChannelsAtAMostOfTwoHundredASecond) {
  polled_world world;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    world.add({{simulated_chance(i, 60, 0), 0, 0, 0.05, i}, true, {}});
  }
  EXPECT_EQ(state_of(*world.book.find("c2000")), "pending");
  world.run_for(5s);
  EXPECT_EQ(state_of(*world.book.find("c2000")), "pending");
  std::map<std::int64_t, int> first_asks;
  std::map<std::int64_t, int> in_50_ms;
  world.run_for(7s);
  for (std::size_t i = 0; i < 2000; ++i) {
    const double first = world.sources.served(i).front().asked;
    ++first_asks[static_cast<std::int64_t>(first)];
    ++in_50_ms[static_cast<std::int64_t>(first * 20)];
  }
  for (const auto& [second, count] : first_asks) EXPECT_LE(count, 201) << second;
  for (const auto& [slot, count] : in_50_ms) EXPECT_LE(count, 14) << slot;
  EXPECT_EQ(state_of(*world.book.find("c2000")), "live");
}

TEST(Poller, ForgetsAChannelThatIsErasedWhileItIsAsked) {
  polled_world world;
  world.add(failing(fault_kind::hang, 5, 100));
  world.add_plain();
  world.run_for(5700ms);
  ASSERT_EQ(world.sources.in_flight(), 1u);
  world.book.erase(*world.book.find("c1"));
  const std::size_t handed_on = world.arrivals[1].size();
  world.run_for(5s);
  EXPECT_EQ(world.arrivals[1].size(), handed_on);
  EXPECT_EQ(world.sources.in_flight(), 0u);
  EXPECT_TRUE(world.without_holes(2));
}

TEST(Poller, IgnoresAnExchangeThatEndsAfterThePollerIsGone) {
  polled_world world;
  world.add(failing(fault_kind::hang, 0, 100));
  world.run_for(300ms);
  ASSERT_EQ(world.sources.in_flight(), 1u);
  world.polls.reset();
  world.run_for(5s);
  EXPECT_TRUE(world.arrivals[1].empty());
}

// The exchange promises to end by its deadline. One that does not costs its channel the ticks until
// it ends, each with its reason, and is never joined by a second one.
TEST(Poller, EndsTheTicksOfAnExchangeThatBreaksItsPromise) {
  struct stuck_exchange final : http_exchange {
    void start(exchange_request, std::function<void(exchange_result)> done) override {
      ++started;
      waiting = std::move(done);
    }
    std::size_t started = 0;
    std::function<void(exchange_result)> waiting;
  };
  polled_world world;
  world.polls.reset();
  stuck_exchange stuck;
  channel_book book;
  poller polls{{world.core, stuck, book, world, world, [](const outage&) {},
                [](log_level, std::string_view, std::initializer_list<log_field>) {}},
               {}};
  channel_settings settings;
  settings.source_url = simulated_sources::url(0);
  book.add(1, "c1", settings, begin);
  world.run_for(9500ms);
  EXPECT_EQ(stuck.started, 1u);
  EXPECT_EQ(world.count(1, gap_reason::timeout), 1u);
  EXPECT_EQ(world.count(1, gap_reason::late), 9u);
  EXPECT_TRUE(world.without_holes(1));
  stuck.waiting(exchange_failure{gap_reason::timeout, "at last"});
  world.run_for(1s);
  EXPECT_EQ(stuck.started, 2u);
  EXPECT_EQ(world.count(1, gap_reason::timeout), 1u);
}

TEST(Poller, StopsADisabledChannelAndStartsItAgain) {
  polled_world world;
  channel_entry& entry = world.add_plain();
  world.run_for(20s);
  channel_settings off = entry.settings;
  off.enabled = false;
  world.book.change(entry, off);
  EXPECT_EQ(state_of(entry), "disabled");
  world.run_for(1s);
  const std::size_t asked = world.sources.served(0).size();
  world.run_for(20s);
  EXPECT_EQ(world.sources.served(0).size(), asked);
  off.enabled = true;
  world.book.change(entry, off);
  EXPECT_EQ(state_of(entry), "pending");
  world.run_for(20s);
  EXPECT_EQ(state_of(entry), "live");
  EXPECT_EQ(world.arrivals[1].size(), world.count(1, gap_reason::none));
  EXPECT_NEAR(static_cast<double>(world.arrivals[1].size()), 40, 2);
}

TEST(Poller, AsksTheNewSourceOfAChannelAloneAndSearchesItsMomentAnew) {
  polled_world world;
  channel_entry& entry = world.add_plain();
  const std::size_t other = world.sources.add({{0.9, 0, 0, 0.01, 8}, false, {}});
  world.run_for(100s);
  channel_settings moved = entry.settings;
  moved.source_url = simulated_sources::url(other);
  world.book.change(entry, moved);
  world.run_for(1s);
  const std::size_t asked = world.sources.served(0).size();
  world.run_for(20s);
  EXPECT_EQ(world.sources.served(0).size(), asked);
  EXPECT_GT(world.sources.served(other).size(), 25u);
  EXPECT_FALSE(world.sources.crowded());
  std::int64_t newest = 0;
  for (const arrival& one : world.arrivals[1]) {
    EXPECT_GT(one.time, newest);
    newest = one.time;
  }
}

TEST(Poller, DrainsWhatIsInFlightAndAsksNothingMore) {
  polled_world world;
  world.add(failing(fault_kind::hang, 5, 100));
  world.add_plain();
  world.run_for(5700ms);
  ASSERT_EQ(world.sources.in_flight(), 1u);
  bool drained = false;
  world.polls->drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  world.run_for(1s);
  EXPECT_TRUE(drained);
  EXPECT_EQ(world.arrivals[1].back().reason, gap_reason::timeout);
  const std::size_t asked = world.sources.served(1).size();
  world.run_for(10s);
  EXPECT_EQ(world.sources.served(1).size(), asked);
  drained = false;
  world.polls->drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  world.run_for(0s);
  EXPECT_TRUE(drained);
}

TEST(Poller, MakesATickAGapWhereTooManyPollsAreInFlight) {
  polled_world world{{.deadline = 800ms, .starts_per_second_max = 200, .in_flight_max = 3}};
  for (std::uint64_t i = 0; i < 6; ++i) world.add(failing(fault_kind::hang, 0, 100));
  world.run_for(10s);
  std::size_t refused = 0;
  for (channel_number number = 1; number <= 6; ++number) {
    refused += world.count(number, gap_reason::overload);
    EXPECT_TRUE(world.without_holes(number));
  }
  EXPECT_NEAR(static_cast<double>(refused), 30, 4);
}

// Keeps the figures by name and labels.
struct kept_metrics final : metric_writer {
  void counter(std::string_view name, std::string_view, metric_labels labels,
               double value) override {
    keep(name, labels, value);
  }
  void gauge(std::string_view name, std::string_view, metric_labels labels, double value) override {
    keep(name, labels, value);
  }
  void histogram(std::string_view name, std::string_view, metric_labels labels,
                 const latency_histogram& value) override {
    double count = 0;
    for (const std::uint64_t one : value.counts()) count += static_cast<double>(one);
    keep(name, labels, count);
  }
  void keep(std::string_view name, metric_labels labels, double value) {
    std::string key{name};
    for (const auto& [label, word] : labels) key.append(" ").append(label).append("=").append(word);
    EXPECT_TRUE(values.emplace(key, value).second) << key;
  }
  std::map<std::string, double> values;
};

TEST(Poller, TellsItsFigures) {
  polled_world world;
  world.add_plain();
  world.add(failing(fault_kind::refuse, 0, 1000));
  channel_entry& disabled = world.add_plain();
  world.run_for(1s);
  channel_settings off = disabled.settings;
  off.enabled = false;
  world.book.change(disabled, off);
  world.run_for(19s);
  world.core.time.step_wall(5s);
  world.run_for(4400ms);
  kept_metrics got;
  world.polls->write_metrics(got);
  EXPECT_GE(got.values["reprise_polls_total result=ok"], 22);
  EXPECT_GE(got.values["reprise_polls_total result=connect"], 22);
  EXPECT_EQ(got.values["reprise_clock_steps_total"], 1);
  EXPECT_GE(got.values["reprise_ticks_missed_total reason=clock"], 8);
  EXPECT_LE(got.values["reprise_ticks_missed_total reason=clock"], 12);  // two channels are asked
  EXPECT_EQ(got.values["reprise_channels state=live"], 1);
  EXPECT_EQ(got.values["reprise_channels state=down"], 1);
  EXPECT_EQ(got.values["reprise_polls_in_flight"], 0);
  EXPECT_EQ(got.values["reprise_polls_in_flight_limit"], 20'000);
  EXPECT_GE(got.values["reprise_poll_seconds"], 44);
  EXPECT_GE(got.values["reprise_tick_lateness_seconds"], 44);
}

}  // namespace
}  // namespace reprise
