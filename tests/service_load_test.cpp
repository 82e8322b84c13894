// What the live service brings back from its disk, and how it keeps that in order.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/service_fixture.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class ServiceLoad : public service_test {
 protected:
  void restart() {
    world_.kill();
    world_.run_for(1s);
    world_.start();
  }
  std::int64_t now() { return tick_of(world_.time.clock().wall()); }
};

TEST_F(ServiceLoad, ReportsNoTickTwiceThoughItsSettingsHaveChanged) {
  add("a");
  poll("a", first_tick, first_tick + 130);
  channel_settings changed;
  changed.reporting_url = "http://sink.test/";
  changed.top_k = 3;
  world_.put("a", changed);
  restart();
  world_.run_until_ready();
  world_.drain();
  std::set<std::int64_t> times;
  for (const delivery& each : world_.reports_of("a")) {
    EXPECT_TRUE(times.insert(each.time).second) << each.time - first_tick;
  }
  EXPECT_GT(times.size(), 20u);
}

// Killed between the commit of what came and that of its reports.
TEST_F(ServiceLoad, MakesTheReportsThatAKillHasLeftOutHoweverLongItWasDown) {
  for (const std::chrono::seconds down : {1s, 600s, 90'000s}) {
    SCOPED_TRACE(down.count());
    const std::string name = "of-" + std::to_string(down.count());
    add(name);
    const std::int64_t begun = now() / 100 * 100 + 100;
    poll(name, begun, begun + 110);
    world_.executors->state.set_delay(20s);
    poll(name, begun + 110, begun + 115);
    ASSERT_EQ(world_.stored(name).size(), 115u);
    const std::size_t before = world_.reports_of(name).size();
    const std::size_t enqueued = world_.enqueued.size();
    world_.kill();
    ASSERT_EQ(world_.reports_of(name).size(), before);
    for (int starts = 0; starts < 2; ++starts) {
      world_.run_for(down);
      world_.start();
      world_.run_until_ready();
      world_.run_for(10s);
      const auto reports = world_.reports_of(name);
      ASSERT_EQ(reports.size(), before + 5);
      for (std::size_t i = before; i < reports.size(); ++i) {
        EXPECT_EQ(reports[i].time, begun + 110 + static_cast<std::int64_t>(i - before));
        // The outbox gives up what is older than a day.
        EXPECT_EQ(reports[i].created_ms, reports[i].time * 1000);
      }
      EXPECT_EQ(world_.enqueued.size(), enqueued + 5);
      world_.kill();
    }
    world_.start();
    world_.run_until_ready();
  }
}

TEST_F(ServiceLoad, LogsOnceWhatItHasRecovered) {
  EXPECT_EQ(world_.logged_count("recovered"), 0u);
  add("a");
  poll("a", first_tick, first_tick + 150);
  const std::size_t waiting = world_.reports_of("a").size();
  ASSERT_GT(waiting, 20u);
  world_.kill();
  world_.run_to(first_tick + 170);
  world_.start();
  world_.run_until_ready();
  world_.run_for(5s);
  EXPECT_EQ(world_.logged_count("recovered downtime_seconds=20 channels=1 seconds_loaded=150"
                                " seconds_searched_again=121 reports_waiting=" +
                                std::to_string(waiting)),
            1u);
  EXPECT_EQ(world_.logged_count("recovered"), 1u);
}

TEST_F(ServiceLoad, MakesNoReportsOfWhatWasTooOldWhenItWasPushed) {
  add("a");
  world_.run_to(first_tick + 299);
  ASSERT_TRUE(world_.push("a", seconds(first_tick + 100, first_tick + 230)));
  world_.run_for(2s);
  ASSERT_GT(world_.matches_of("a").size(), 20u);
  ASSERT_TRUE(world_.reports_of("a").empty());
  world_.kill();
  world_.run_for(600s);
  world_.start();
  world_.run_until_ready();
  world_.run_for(10s);
  EXPECT_TRUE(world_.reports_of("a").empty());
}

TEST_F(ServiceLoad, ClosesRepeatsThatEndInSecondsThatTheDiskHasLost) {
  add("a");
  poll("a", first_tick, first_tick + 130);
  ASSERT_FALSE(world_.repeats_of("a").empty());
  world_.disk->history_fault = errc::storage_full;
  for (std::int64_t second = first_tick + 130; second < first_tick + 140; ++second) {
    world_.run_to(second);
    world_.poll("a", second, nullptr);
  }
  fingerprint other = bits_of(0);
  for (std::int64_t second = first_tick + 140; second < first_tick + 150; ++second) {
    world_.run_to(second);
    for (std::byte& each : other) each ^= static_cast<std::byte>(world_.random());
    world_.poll("a", second, &other);
  }
  world_.run_for(80s);
  world_.disk->history_fault.reset();
  world_.run_for(10s);
  for (const repeat& each : world_.repeats_of("a")) {
    EXPECT_FALSE(each.open) << each.start - first_tick;
  }
}

TEST_F(ServiceLoad, ServesTheOthersWhereOneChannelCannotBeLoaded) {
  add("a");
  add("b");
  poll("b", first_tick, first_tick + 5);
  world_.disk->unreadable.insert(world_.number_of("a"));
  restart();
  world_.run_until_ready();
  EXPECT_TRUE(entry("b").loaded);
  EXPECT_FALSE(entry("a").loaded);
  const auto phase = world_.service->phase();
  EXPECT_EQ(phase.channels_loaded, 1u);
  ASSERT_EQ(phase.reasons.size(), 1u);
  EXPECT_EQ(phase.reasons[0], "cannot be loaded: a: as told");
  world_.run_for(20s);
  EXPECT_TRUE(world_.service->phase().ready);
  world_.disk->unreadable.clear();
  world_.run_for(10s);
  EXPECT_TRUE(entry("a").loaded);
  EXPECT_TRUE(world_.service->phase().reasons.empty());
  EXPECT_EQ(world_.service->phase().channels_loaded, 2u);
}

TEST_F(ServiceLoad, SearchesByWhatWasReconfiguredWhileItWasLoading) {
  add("a");
  poll("a", first_tick, first_tick + 130);
  restart();
  world_.executors->reader.set_delay(500ms);
  ASSERT_FALSE(world_.service->phase().ready);
  service_options narrow = world_.options;
  narrow.defaults.window_seconds = 50;
  world_.service->reconfigure(narrow);
  world_.run_until_ready();
  world_.run_for(10s);
  const std::int64_t begun = now() + 1;
  poll("a", begun, begun + 10);
  EXPECT_FALSE(world_.matches_of("a").contains(begun + 9));
}

TEST_F(ServiceLoad, ShowsDamageForAsLongAsItLiesInTheWindow) {
  add("a");
  poll("a", first_tick, first_tick + 10);
  world_.disk->ticks[world_.number_of("a")][first_tick + 3].reason = gap_reason::corrupt;
  restart();
  world_.run_until_ready();
  EXPECT_TRUE(entry("a").degraded);
  world_.run_for(250s);
  EXPECT_FALSE(entry("a").degraded);
}

TEST_F(ServiceLoad, MaintainsDisksThatAreNeverIdle) {
  add("a");
  poll("a", first_tick, first_tick + 5);
  world_.executors->history.set_delay(1500ms);
  poll("a", first_tick + 5, first_tick + 10);
  const std::uint64_t before = world_.disk->maintained;
  poll("a", first_tick + 10, first_tick + 60);
  EXPECT_GT(world_.disk->maintained, before);
  EXPECT_LE(world_.disk->maintained, before + 4);
}

TEST_F(ServiceLoad, TakesAThousandKeys) {
  std::size_t taken = 0;
  std::optional<errc> refused;
  for (int i = 0; i < 1001; ++i) {
    stored_key key;
    key.id = std::to_string(i);
    world_.service->add_key(key, [&](const outcome<void>& ended) {
      ended ? void(++taken) : void(refused = ended.error().code);
    });
    world_.run_for(200ms);
  }
  EXPECT_EQ(taken, 1000u);
  EXPECT_EQ(refused, errc::overloaded);
}

}  // namespace
}  // namespace reprise
