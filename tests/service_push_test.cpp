// Ticks that come while a push of their channel is being stored: whichever is first on disk counts,
// for the engine too.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/service_fixture.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t waiting_max = 64;

class ServicePush : public service_test {
 protected:
  static constexpr std::int64_t now = service_test::first_tick + 110;

  ServicePush() {
    add("a");
    poll("a", first_tick, now - 3);
    world_.run_to(now);
    world_.executors->history.set_delay(200ms);
  }
  // Begins to store those seconds; the answer is in pushed_.
  void push(std::vector<recorded_second> pushed) {
    world_.service->push("a", std::move(pushed), [this](auto got) { pushed_ = std::move(got); });
    world_.run_for(10ms);
    ASSERT_FALSE(pushed_);
  }
  void poll_on(std::int64_t until) {
    world_.run_for(3s);
    poll("a", now + 4, until);
    world_.drain();
  }
  // Matches of the last ticks are those of a scan of the store.
  void expect_scanned_from(std::int64_t from) {
    const auto expected = scan_seconds(world_.stored("a"), world_.settings_of("a"));
    const auto got = world_.matches_of("a");
    for (auto at = expected.matches.lower_bound(from); at != expected.matches.end(); ++at) {
      ASSERT_TRUE(got.contains(at->first)) << at->first - now;
      EXPECT_EQ(got.at(at->first), at->second) << at->first - now;
    }
    EXPECT_GT(std::distance(expected.matches.lower_bound(from), expected.matches.end()), 3);
  }

  std::optional<outcome<push_answer>> pushed_;
};

TEST_F(ServicePush, MatchesWhatThePushBroughtForATickThatWasPolledMeanwhile) {
  push(seconds(now - 3, now + 1));
  world_.poll("a", now, &bits_of(now + 50));
  poll_on(now + 20);
  EXPECT_EQ(world_.stored("a").at(now), bits_of(now));
  EXPECT_FALSE(entry("a").searchable_seconds == 0);
  world_.expect_scanned("a");
}

TEST_F(ServicePush, LoadsAnewWhereThePushHasPassedATickThatWaited) {
  push({{now - 1, bits_of(now - 1)}, {now + 1, bits_of(now + 1)}, {now + 2, bits_of(now + 2)}});
  world_.poll("a", now, &bits_of(now));
  world_.run_for(2s);
  ASSERT_TRUE(pushed_ && *pushed_);
  EXPECT_EQ((*pushed_)->durable_through, now - 1);
  poll_on(now + 110);
  EXPECT_TRUE(world_.stored("a").contains(now));
  expect_scanned_from(now + 90);
}

TEST_F(ServicePush, AnswersTheCallForATickThatWaited) {
  push(seconds(now - 3, now + 1));
  const auto answers = call("a", now, 2);
  ASSERT_EQ(answers.size(), 2u);
  ASSERT_TRUE(answers[0] && answers[1]);
  EXPECT_EQ(answers[0]->match_times, std::vector<std::int64_t>{now - 100});
  world_.drain();
  world_.expect_scanned("a");
}

TEST_F(ServicePush, RefusesTheCallForATickThatItHasPassed) {
  push({{now + 1, bits_of(now + 1)}});
  const auto answers = call("a", now, 1);
  ASSERT_EQ(answers.size(), 1u);
  ASSERT_FALSE(answers[0]);
  EXPECT_EQ(answers[0].error().code, errc::data_conflict);
}

TEST_F(ServicePush, KeepsTheOverrideOfACallWhoseTickItBrought) {
  push(seconds(now - 3, now + 1));
  const auto answers = call("a", now, 1, {{}, "http://other.test/"});
  ASSERT_TRUE(answers.at(0));
  EXPECT_EQ(world_.reports_of("a").back().sink_url, "http://other.test/");
}

TEST_F(ServicePush, NeverSaysThatATickIsDurableWhileOlderOnesWait) {
  world_.executors->history.set_delay(80s);
  push(seconds(now - 3, now));
  poll("a", now, now + static_cast<std::int64_t>(waiting_max) + 6);
  world_.executors->history.set_delay(300ms);
  for (int i = 0; i < 3000; ++i) {
    world_.run_for(10ms);
    const std::int64_t through = entry("a").durable_through.value_or(0);
    const auto& ticks = world_.disk->ticks[world_.number_of("a")];
    for (std::int64_t time = first_tick; time <= through; ++time) {
      ASSERT_TRUE(ticks.contains(time)) << time - now << " of " << through - now;
    }
  }
  EXPECT_EQ(entry("a").durable_through, now + static_cast<std::int64_t>(waiting_max) + 5);
}

}  // namespace
}  // namespace reprise
