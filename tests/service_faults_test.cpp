// What the live service does when its disk is full, its channels change under it, or callers come
// twice.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/service_fixture.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
class ServiceFaults : public service_test {};

TEST_F(ServiceFaults, KeepsSecondsWhileTheDiskIsFullAndReportsThemAfterwards) {
  add("a");
  poll("a", first_tick, first_tick + 120);
  const std::size_t before = world_.reports_of("a").size();
  world_.disk->history_fault = errc::storage_full;
  poll("a", first_tick + 120, first_tick + 150);
  EXPECT_EQ(world_.reports_of("a").size(), before);
  EXPECT_FALSE(world_.service->phase().reasons.empty());
  const auto refused = world_.push("a", seconds(first_tick - 20, first_tick - 10));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::storage_full);
  world_.disk->history_fault.reset();
  poll("a", first_tick + 150, first_tick + 160);
  world_.drain();
  EXPECT_EQ(world_.stored("a").size(), 160u);
  world_.expect_scanned("a");
  EXPECT_EQ(world_.reports_of("a").size(), world_.matches_of("a").size());
}

TEST_F(ServiceFaults, MakesGapsOfWhatAFullDiskKeepsTooLongAndConcludesNothingFromIt) {
  add("a");
  poll("a", first_tick, first_tick + 120);
  world_.disk->history_fault = errc::storage_full;
  poll("a", first_tick + 120, first_tick + 220);
  world_.disk->history_fault.reset();
  poll("a", first_tick + 220, first_tick + 300);
  world_.drain();
  const broadcast kept = world_.stored("a");
  EXPECT_LT(kept.size(), 270u);
  EXPECT_GE(kept.size(), 255u);
  ASSERT_EQ(world_.disk->outages.size(), 1u);
  EXPECT_EQ(world_.disk->outages[0].reason, gap_reason::disk);
  EXPECT_EQ(world_.disk->outages[0].start, first_tick + 120);
  const auto expected = scan_seconds(kept, world_.settings_of("a"));
  for (const auto& [second, best] : world_.matches_of("a")) {
    const auto found = expected.matches.find(second);
    ASSERT_NE(found, expected.matches.end()) << second - first_tick;
    for (const stored_match& each : best) {
      EXPECT_NE(std::find(found->second.begin(), found->second.end(), each), found->second.end());
    }
  }
}

TEST_F(ServiceFaults, TakesPushesAndRecordsTheGapOnceAFullDiskIsNoLongerFull) {
  add("a");
  poll("a", first_tick, first_tick + 3);
  world_.disk->history_fault = errc::storage_full;
  poll("a", first_tick + 3, first_tick + 5);
  world_.run_for(100s);
  world_.disk->history_fault.reset();
  world_.run_for(3s);
  ASSERT_EQ(world_.disk->outages.size(), 1u);
  EXPECT_EQ(world_.disk->outages[0].start, first_tick + 3);
  EXPECT_EQ(world_.disk->outages[0].end, first_tick + 4);
  EXPECT_TRUE(world_.service->phase().reasons.empty());
  EXPECT_TRUE(world_.push("a", seconds(first_tick + 50, first_tick + 52)));
  const auto count = [&](std::string_view line) {
    return std::count_if(world_.logged.begin(), world_.logged.end(),
                         [&](const std::string& each) { return each.find(line) == 0; });
  };
  EXPECT_GE(count("writes fail what=the history"), 1);
  EXPECT_EQ(count("writes fail what=the history"), count("writes succeed again what=the history"));
  EXPECT_LE(count("writes fail"), 4);
}

TEST_F(ServiceFaults, HoldsReportsWhileTheirDiskIsFull) {
  add("a");
  poll("a", first_tick, first_tick + 110);
  world_.disk->state_fault = errc::storage_full;
  poll("a", first_tick + 110, first_tick + 140);
  EXPECT_EQ(world_.stored("a").size(), 140u);
  world_.disk->state_fault.reset();
  poll("a", first_tick + 140, first_tick + 145);
  world_.drain();
  world_.expect_scanned("a");
  EXPECT_EQ(world_.enqueued.size(), world_.matches_of("a").size());
  EXPECT_TRUE(std::is_sorted(world_.enqueued.begin(), world_.enqueued.end(),
                             [](const auto& a, const auto& b) { return a.time < b.time; }));
}

TEST_F(ServiceFaults, SaysThatADiskIsLost) {
  add("a");
  world_.disk->history_fault = errc::storage_lost;
  poll("a", first_tick, first_tick + 3);
  ASSERT_EQ(world_.fatal.size(), 1u);
  EXPECT_EQ(world_.fatal[0].code, errc::storage_lost);
}

TEST_F(ServiceFaults, SearchesABackfillForLaterSecondsAlone) {
  add("a");
  world_.run_to(first_tick + 100);
  poll("a", first_tick + 100, first_tick + 130);
  EXPECT_TRUE(world_.matches_of("a").empty());
  const auto stored = world_.push("a", seconds(first_tick, first_tick + 60));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->stored, 60u);
  poll("a", first_tick + 132, first_tick + 160);
  world_.drain();
  const auto expected = scan_seconds(world_.stored("a"), world_.settings_of("a"));
  const auto got = world_.matches_of("a");
  ASSERT_FALSE(got.empty());
  EXPECT_GE(got.begin()->first, first_tick + 132);
  for (std::int64_t second = first_tick + 140; second < first_tick + 160; ++second) {
    ASSERT_TRUE(got.contains(second)) << second - first_tick;
    EXPECT_EQ(got.at(second), expected.matches.at(second));
  }
  EXPECT_EQ(entry("a").searchable_seconds, 59 + 29 + 27);
}

TEST_F(ServiceFaults, ShowsAndTellsThatAPictureStandsHoweverStillSecondsAreSearched) {
  for (const still_policy still : {still_policy::match, still_policy::skip}) {
    const std::string name = still == still_policy::skip ? "skips" : "matches";
    channel_settings settings;
    settings.still = still;
    world_.put(name, settings);
    const auto changes = [&] {
      std::vector<std::string> told;
      for (const event& each : world_.events) {
        if (each.kind != "channel" || each.channel != name) continue;
        told.push_back(each.data.substr(each.data.find("\"still_since\"")));
      }
      return told;
    };
    const std::int64_t from = tick_of(world_.time.clock().wall()) + 1;
    const auto show = [&](std::int64_t second, const fingerprint& bits) {
      world_.run_to(from + second);
      world_.poll(name, from + second, &bits);
      world_.run_for(900ms);
    };
    show(0, bits_of(1));
    for (std::int64_t second = 1; second < 6; ++second) show(second, bits_of(2));
    EXPECT_FALSE(entry(name).still_since) << name;
    for (std::int64_t second = 6; second < 12; ++second) show(second, bits_of(2));
    EXPECT_EQ(entry(name).still_since, from + 1) << name;
    const std::string since = "\"still_since\":" + std::to_string(from + 1) + "}";
    EXPECT_EQ(changes(), std::vector<std::string>{since});
    EXPECT_EQ(world_.matches_of(name).empty(), still == still_policy::skip);
    show(12, bits_of(3));
    EXPECT_FALSE(entry(name).still_since) << name;
    EXPECT_EQ(changes(), (std::vector<std::string>{since, "\"still_since\":null}"}));
  }
}

TEST_F(ServiceFaults, KeepsSinceWhenAPictureStandsOverAKill) {
  add("a");
  for (std::int64_t second = first_tick; second < first_tick + 150; ++second) {
    world_.run_to(second);
    world_.poll("a", second, &bits_of(1));
  }
  world_.run_for(1s);
  ASSERT_EQ(entry("a").still_since, first_tick);
  world_.kill();
  world_.start();
  world_.run_until_ready();
  EXPECT_EQ(entry("a").still_since, first_tick);
}

TEST_F(ServiceFaults, RefusesPushesThatItCannotTake) {
  add("a");
  poll("a", first_tick, first_tick + 10);
  const std::int64_t now = first_tick + 9;
  const auto code = [&](const std::string& name, std::vector<recorded_second> pushed) {
    const auto answered = world_.push(name, std::move(pushed));
    return answered ? errc{} : answered.error().code;
  };
  EXPECT_EQ(code("b", seconds(now, now + 1)), errc::not_found);
  EXPECT_EQ(code("a", seconds(now + 20, now + 21)), errc::out_of_range);
  EXPECT_EQ(code("a", seconds(now - 220, now - 219)), errc::out_of_range);
  EXPECT_EQ(code("a", {{now, {}}, {now, {}}}), errc::out_of_range);
  EXPECT_EQ(code("a", {{now, {}}}), errc::data_conflict);
  EXPECT_EQ(code("a", seconds(now - 3, now + 2)), errc{});
  EXPECT_EQ(world_.stored("a").size(), 11u);
}

TEST_F(ServiceFaults, AnswersACallOnceItsReportIsDurable) {
  add("a");
  poll("a", first_tick, first_tick + 110);
  world_.run_to(first_tick + 110);
  const auto answers = call("a", first_tick + 110, 2);
  ASSERT_EQ(answers.size(), 2u);
  ASSERT_TRUE(answers[0] && answers[1]);
  EXPECT_EQ(answers[0]->match_times, std::vector<std::int64_t>{first_tick + 10});
  EXPECT_EQ(answers[1]->match_times, answers[0]->match_times);
  const auto reports = world_.reports_of("a");
  EXPECT_EQ(reports.back().time, first_tick + 110);
  const auto again = call("a", first_tick + 110, 1);
  ASSERT_TRUE(again.at(0));
  EXPECT_EQ(again[0]->match_times, answers[0]->match_times);
  EXPECT_EQ(world_.reports_of("a").size(), reports.size());
  const auto past = call("a", first_tick + 50, 1);
  ASSERT_FALSE(past.at(0));
  EXPECT_EQ(past[0].error().code, errc::data_conflict);
}

TEST_F(ServiceFaults, LetsACallSetItsThresholdAndItsSinkForItself) {
  add("a");
  poll("a", first_tick, first_tick + 110);
  world_.run_to(first_tick + 110);
  tick_overrides own;
  own.threshold = 1e300;
  const auto none = call("a", first_tick + 110, 1, own);
  ASSERT_TRUE(none.at(0));
  EXPECT_TRUE(none[0]->match_times.empty());
  own = {{}, "http://other.test/"};
  ASSERT_TRUE(call("a", first_tick + 111, 1, own).at(0));
  EXPECT_EQ(world_.reports_of("a").back().sink_url, "http://other.test/");
  ASSERT_TRUE(call("a", first_tick + 112, 1).at(0));
  EXPECT_EQ(world_.reports_of("a").back().sink_url, "http://sink.test/");
}

TEST_F(ServiceFaults, ReportsTicksWithoutAMatchWhereThatIsWanted) {
  add("a", true);
  poll("a", first_tick, first_tick + 3);
  world_.poll("a", first_tick + 3, nullptr);
  world_.drain();
  const auto reports = world_.reports_of("a");
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0].body, "{\"channel\":\"a\",\"time\":1700000010,\"match_times\":[]}");
}

TEST_F(ServiceFaults, ForgetsARemovedChannelWhateverIsOnItsWay) {
  add("a");
  add("b");
  poll("a", first_tick, first_tick + 110);
  const channel_number number = world_.number_of("a");
  world_.run_to(first_tick + 110);
  world_.poll("a", first_tick + 110, &bits_of(first_tick + 110));
  std::optional<outcome<push_answer>> pushed;
  std::optional<outcome<void>> removed;
  world_.service->push("a", seconds(first_tick - 9, first_tick), [&](auto got) { pushed = got; });
  world_.service->remove_channel("a", [&](auto got) { removed = got; });
  std::optional<outcome<push_answer>> late;
  world_.service->push("a", seconds(first_tick - 9, first_tick), [&](auto got) { late = got; });
  world_.run_for(3s);
  ASSERT_TRUE(pushed && removed && late);
  EXPECT_TRUE(*removed);
  EXPECT_EQ(late->error().code, errc::not_found);
  EXPECT_FALSE(world_.disk->ticks.contains(number));
  EXPECT_EQ(world_.forgotten, std::vector<channel_number>{number});
  for (const delivery& each : world_.disk->deliveries) {
    EXPECT_EQ(each.state, delivery_state::channel_deleted);
  }
  add("a");
  EXPECT_NE(world_.number_of("a"), number);
  poll("a", first_tick + 115, first_tick + 118);
  world_.drain();
  EXPECT_EQ(world_.stored("a").size(), 3u);
}

TEST_F(ServiceFaults, SearchesByChangedSettingsOnceTheyAreLoaded) {
  add("a");
  poll("a", first_tick, first_tick + 130);
  EXPECT_EQ(world_.matches_of("a").at(first_tick + 129).size(), 1u);
  channel_settings narrow;
  narrow.window_seconds = 50;
  narrow.reporting_url = "http://sink.test/";
  world_.service->put_channel("a", narrow, [](const auto&) {});
  poll("a", first_tick + 130, first_tick + 140);
  EXPECT_FALSE(world_.matches_of("a").contains(first_tick + 139));
  narrow.window_seconds = 150;
  world_.put("a", narrow);
  poll("a", first_tick + 142, first_tick + 150);
  EXPECT_EQ(world_.matches_of("a").at(first_tick + 149).size(), 1u);
  EXPECT_EQ(world_.stored("a").size(), 148u);
}

TEST_F(ServiceFaults, LoadsWhatCameWhileItWasLoading) {
  add("a");
  poll("a", first_tick, first_tick + 110);
  world_.kill();
  world_.run_for(2s);
  world_.start();
  const std::int64_t now = tick_of(world_.time.clock().wall());
  world_.poll("a", now, &bits_of(now));
  const auto early = call("a", now + 1, 1);
  world_.run_until_ready();
  poll("a", now + 2, now + 10);
  world_.drain();
  world_.expect_scanned("a");
  ASSERT_FALSE(world_.disk->outages.empty());
  EXPECT_EQ(world_.disk->outages[0].reason, gap_reason::down);
  EXPECT_TRUE(entry("a").loaded);
  EXPECT_EQ(entry("a").durable_through, now + 9);
}

TEST_F(ServiceFaults, DropsTicksThatAreNotAfterTheNewest) {
  add("a");
  poll("a", first_tick, first_tick + 3);
  world_.poll("a", first_tick + 1, &bits_of(5));
  world_.drain();
  EXPECT_EQ(world_.stored("a").at(first_tick + 1), bits_of(first_tick + 1));
  world_.poll("a", first_tick + 9, &bits_of(5));
  world_.run_for(1s);
  EXPECT_EQ(world_.stored("a").size(), 3u) << "taken while draining";
}

}  // namespace
}  // namespace reprise
