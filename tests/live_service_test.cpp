// The live service against a scan of what it has stored: whatever the delays of its disks and its
// engine, polled ticks leave exactly the matches, repeats and reports of the offline rule.
#include <gtest/gtest.h>

#include <set>

#include "tests/service_support.hpp"

namespace reprise {
namespace {

using broadcast = std::map<std::int64_t, fingerprint>;

constexpr std::int64_t first_tick = world_begin + 10;

channel_settings reported() {
  channel_settings made;
  made.reporting_url = "http://sink.test/";
  return made;
}

class LiveService : public testing::TestWithParam<std::uint64_t> {};

TEST_P(LiveService, LeavesWhatAScanOfItsStoreGives) {
  service_world world{GetParam()};
  world.start();
  std::map<std::string, broadcast> shown;
  for (const char* name : {"a", "b", "c"}) {
    world.put(name, reported());
    shown[name] = make_broadcast(world.random(), 200, first_tick, 400);
  }
  for (std::int64_t second = first_tick; second < first_tick + 400; ++second) {
    world.poll_second(shown, second);
  }
  world.drain();
  for (const auto& [name, content] : shown) {
    EXPECT_EQ(world.stored(name), content);
    world.expect_scanned(name);
    world.expect_reports(name);
  }
  EXPECT_EQ(world.enqueued.size(), world.disk->deliveries.size());
  EXPECT_GT(world.enqueued.size(), 5u);
}

// The same seconds, polled in one world and pushed in the other.
TEST_P(LiveService, TakesPushedSecondsAsPolledOnes) {
  service_world world{GetParam()};
  world.start();
  world.put("pushed", reported());
  const broadcast content = make_broadcast(GetParam(), 200, first_tick, 300);
  std::vector<recorded_second> held;
  for (std::int64_t second = first_tick; second < first_tick + 300; ++second) {
    world.run_to(second);
    const auto found = content.find(second);
    if (found != content.end()) held.push_back({second, found->second});
    if (held.empty() || world.random() % 8 != 0) continue;
    const auto answered = world.push("pushed", held);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->stored, held.size());
    EXPECT_EQ(answered->durable_through, held.back().time);
    held.clear();
  }
  if (!held.empty()) {
    ASSERT_TRUE(world.push("pushed", held));
  }
  world.drain();
  EXPECT_EQ(world.stored("pushed"), content);
  world.expect_scanned("pushed");
  world.expect_reports("pushed");
}

// Kills at random moments: what was told is kept, every tick that is stored is matched, and no
// report comes twice under two names.
TEST_P(LiveService, LosesNothingInKillsAtAnyMoment) {
  service_world world{GetParam()};
  world.start();
  std::map<std::string, broadcast> shown;
  for (const char* name : {"a", "b"}) {
    world.put(name, reported());
    shown[name] = make_broadcast(world.random(), 200, first_tick, 500);
  }
  for (std::int64_t second = first_tick; second < first_tick + 500; ++second) {
    world.poll_second(shown, second);
    if (world.random() % 40 != 0) continue;
    world.run_for(std::chrono::milliseconds{world.random() % 900});
    world.kill();
    world.run_for(std::chrono::milliseconds{world.random() % 5000});
    world.start();
  }
  world.run_until_ready();
  world.drain();
  for (const auto& [name, content] : shown) {
    world.expect_scanned(name);
    world.expect_reports(name);
  }
  std::set<std::string> names;
  for (const delivery& each : world.disk->deliveries) {
    EXPECT_TRUE(names.insert(each.webhook_id).second);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveService, testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace reprise
