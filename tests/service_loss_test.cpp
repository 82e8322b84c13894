// A live run whose devices are lost at some call, for a spread of them: what is stored, matched and
// reported in the end is what an undisturbed run gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cuda/cuda_matcher.hpp"
#include "cuda/plane_layout.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/placed_matcher.hpp"
#include "tests/emulated_device.hpp"
#include "tests/service_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using broadcast = std::map<std::int64_t, fingerprint>;

constexpr std::int64_t first_tick = world_begin + 10;
constexpr std::int64_t seconds_count = 260;

channel_settings reported() {
  channel_settings made;
  made.reporting_url = "http://sink.test/";
  return made;
}

// A world over devices that run on the host.
struct loss_world {
  loss_world(std::uint64_t seed, std::size_t devices, bool standby) : world{seed} {
    for (std::size_t i = 0; i < devices; ++i) scripts.push_back(std::make_shared<device_script>());
    take_engine(standby);
  }

  void take_engine(bool standby) {
    world.make_engine = [this, standby] {
      std::vector<device_engine> made;
      for (std::size_t i = 0; i < scripts.size(); ++i) {
        made.push_back(
            {"cuda:" + std::to_string(i),
             make_cuda_matcher(rule{}, make_emulated_device(rule{}, scripts[i]), {}).value()});
      }
      auto host = make_cpu_matcher(rule{}, {.threads = 1, .budget = memory}).value();
      placed_options options{.standby = standby, .budget = memory};
      options.told_lost = [this](std::string_view name) { lost.emplace_back(name); };
      return make_placed_matcher(std::move(made), std::move(host), std::move(options)).value();
    };
  }

  // Three channels that are polled, and one that is pushed to.
  void live(std::uint64_t seed) {
    world.start();
    std::map<std::string, broadcast> polled;
    for (const char* name : {"a", "b", "c"}) {
      world.put(name, reported());
      polled[name] = make_broadcast(world.random(), 200, first_tick, seconds_count);
    }
    world.put("pushed", reported());
    const broadcast pushed = make_broadcast(seed, 200, first_tick, seconds_count);
    std::vector<recorded_second> held;
    for (std::int64_t second = first_tick; second < first_tick + seconds_count; ++second) {
      world.poll_second(polled, second);
      const auto found = pushed.find(second);
      if (found != pushed.end()) held.push_back({second, found->second});
      if (held.empty() || world.random() % 8 != 0) continue;
      EXPECT_TRUE(world.push("pushed", held));
      held.clear();
    }
    if (!held.empty()) {
      EXPECT_TRUE(world.push("pushed", held));
    }
    shown = std::move(polled);
    shown["pushed"] = pushed;
    world.run_for(8s);
    EXPECT_TRUE(world.service->phase().reasons.empty());
    engines.clear();
    for (const auto& [name, content] : shown) engines.insert(entry(name).engine);
    world.drain();
  }

  void expect_undisturbed() {
    for (const auto& [name, content] : shown) {
      EXPECT_EQ(world.stored(name), content);
      world.expect_scanned(name);
      world.expect_reports(name);
    }
    EXPECT_EQ(world.enqueued.size(), world.disk->deliveries.size());
    std::set<std::string> ids;
    for (const delivery& each : world.enqueued) {
      EXPECT_TRUE(ids.insert(each.webhook_id).second);
    }
  }

  channel_entry& entry(const std::string& name) {
    return *world.service->book().find(std::string_view{name});
  }

  std::vector<std::shared_ptr<device_script>> scripts;
  std::shared_ptr<memory_budget> memory = std::make_shared<memory_budget>(std::size_t{1} << 30);
  std::vector<std::string> lost;
  service_world world;
  std::map<std::string, broadcast> shown;
  std::set<std::string> engines;  // of the channels, in the end
};

class ServiceLoss : public testing::TestWithParam<std::uint64_t> {
 protected:
  // The part-th of equal steps through the calls of each device in a run that nothing disturbs,
  // which is the same up to there.
  void live(std::size_t devices, bool standby) {
    loss_world whole{GetParam(), devices, standby};
    whole.live(GetParam());
    whole.expect_undisturbed();
    EXPECT_FALSE(whole.engines.contains("cpu"));
    for (std::size_t i = 0; i < devices; ++i) {
      lossy.scripts.push_back(std::make_shared<device_script>());
      lossy.scripts[i]->fails_at = 1 + whole.scripts[i]->calls * GetParam() / 24;
    }
    lossy.take_engine(standby);
    lossy.live(GetParam());
    lossy.expect_undisturbed();
    for (const auto& each : lossy.scripts) EXPECT_TRUE(each->lost);
    EXPECT_EQ(lossy.lost.size(), devices);
    EXPECT_EQ(lossy.engines, std::set<std::string>{"cpu"});
  }

  loss_world lossy{GetParam(), 0, false};
};

TEST_P(ServiceLoss, OfTheOnlyDeviceLeavesWhatAnUndisturbedRunDoes) {
  live(1, false);
  EXPECT_EQ(lossy.lost, std::vector<std::string>{"cuda:0"});
}

TEST_P(ServiceLoss, OfSeveralDevicesDoesSo) {
  live(2, false);
}

TEST_P(ServiceLoss, WithAStandbyIsNotFelt) {
  live(1, true);
}

INSTANTIATE_TEST_SUITE_P(Calls, ServiceLoss, testing::Range<std::uint64_t>(0, 24));

// Kills and losses in one life.
TEST(ServiceLossAndKill, LeaveWhatAnUndisturbedRunDoes) {
  for (std::uint64_t seed = 1; seed < 9; ++seed) {
    SCOPED_TRACE(seed);
    loss_world lossy{seed, 1, false};
    service_world& world = lossy.world;
    lossy.scripts[0]->fails_at = 200;
    world.start();
    world.put("a", reported());
    lossy.shown["a"] = make_broadcast(seed, 200, first_tick, 400);
    for (std::int64_t second = first_tick; second < first_tick + 400; ++second) {
      world.poll_second(lossy.shown, second);
      if (world.random() % 60 != 0) continue;
      world.run_for(std::chrono::milliseconds{world.random() % 900});
      world.kill();
      // Another process has another card.
      lossy.scripts[0] = std::make_shared<device_script>();
      lossy.scripts[0]->fails_at = 1 + world.random() % 400;
      world.start();
    }
    world.run_for(8s);
    world.run_until_ready();
    world.drain();
    world.expect_scanned("a");
    world.expect_reports("a");
  }
}

TEST(ServiceLossOfRoom, LeavesChannelsUnplacedUntilThereIsSome) {
  loss_world lossy{3, 1, false};
  service_world& world = lossy.world;
  world.start();
  std::map<std::string, broadcast> shown;
  std::vector<std::size_t> used;
  for (const char* name : {"a", "b"}) {
    world.put(name, reported());
    shown[name] = make_broadcast(world.random(), 200, first_tick, 400);
    EXPECT_EQ(lossy.entry(name).engine, "cuda:0");
    used.push_back(lossy.memory->bytes_used());
  }
  const std::size_t of_channel = used[1] - used[0];
  const std::size_t of_device = used[0] - of_channel;  // which a lost one keeps
  for (std::int64_t second = first_tick; second < first_tick + 300; ++second) {
    if (second == first_tick + 200) {
      // Room for one history of the CPU's and a half.
      const auto alone = std::make_shared<memory_budget>(std::size_t{1} << 30);
      const auto probe = make_cpu_matcher(rule{}, {.threads = 1, .budget = alone}).value();
      ASSERT_TRUE(probe->add_channel(world.settings_of("a")));
      ASSERT_GT(alone->bytes_used(), 2 * of_channel);
      ASSERT_TRUE(lossy.memory->try_take(lossy.memory->bytes_max() - of_device -
                                         alone->bytes_used() * 3 / 2));
      lossy.scripts[0]->fails_at = lossy.scripts[0]->calls + 2;
    }
    world.poll_second(shown, second);
  }
  const bool a_is_placed = lossy.entry("a").engine == "cpu";
  const std::string unplaced = a_is_placed ? "b" : "a";
  const std::string placed = a_is_placed ? "a" : "b";
  EXPECT_EQ(lossy.entry(placed).engine, "cpu");
  EXPECT_EQ(lossy.entry(unplaced).engine, "unplaced");
  ASSERT_EQ(world.service->phase().reasons.size(), 1u);
  EXPECT_NE(world.service->phase().reasons[0].find("unplaced"), std::string::npos);
  EXPECT_TRUE(world.service->phase().ready);
  const auto refused = std::make_shared<std::optional<errc>>();
  world.service->put_channel("c", reported(), [refused](const outcome<put_answer>& answered) {
    if (!answered) *refused = answered.error().code;
  });
  world.run_for(1s);
  EXPECT_EQ(*refused, errc::host_memory);

  bool removed = false;
  world.service->remove_channel(placed, [&](const outcome<void>&) { removed = true; });
  world.run_for(10s);
  EXPECT_TRUE(removed);
  EXPECT_EQ(lossy.entry(unplaced).engine, "cpu");
  EXPECT_TRUE(world.service->phase().reasons.empty());
  world.drain();
  world.expect_scanned(unplaced);
  world.expect_reports(unplaced);
}

// A channel that nobody sends anything to.
TEST(ServiceLossWhileIdle, IsSeenWithoutATick) {
  loss_world lossy{5, 1, false};
  service_world& world = lossy.world;
  world.start();
  world.put("busy", reported());
  world.put("idle", reported());
  lossy.shown["busy"] = make_broadcast(5, 200, first_tick, 40);
  for (std::int64_t second = first_tick; second < first_tick + 40; ++second) {
    if (second == first_tick + 20) lossy.scripts[0]->fails_at = lossy.scripts[0]->calls + 1;
    world.poll_second(lossy.shown, second);
  }
  world.run_for(8s);
  EXPECT_EQ(lossy.entry("busy").engine, "cpu");
  EXPECT_EQ(lossy.entry("idle").engine, "cpu");
  world.drain();
}

TEST(ServiceOnADevice, ShowsTheMemoryThatItsHistoriesTake) {
  loss_world held{7, 1, false};
  service_world& world = held.world;
  held.scripts[0]->bytes_max = std::size_t{1} << 30;
  world.start();
  world.run_for(2s);
  EXPECT_EQ(world.figure("reprise_device_memory_used_bytes cuda:0"), 0);
  world.put("a", reported());
  world.run_for(3s);
  EXPECT_GT(held.scripts[0]->bytes, 0u);
  EXPECT_EQ(world.figure("reprise_device_memory_used_bytes cuda:0"),
            static_cast<double>(held.scripts[0]->bytes));
  EXPECT_EQ(world.figure("reprise_device_memory_limit_bytes cuda:0"), std::size_t{1} << 30);
  world.drain();
}

// A call's own sink holds for its tick, however late that is matched, and the call is answered.
TEST(ServiceLossUnderACall, KeepsWhatTheCallHasSet) {
  loss_world lossy{6, 1, false};
  service_world& world = lossy.world;
  world.start();
  channel_settings settings = reported();
  settings.report_empty = true;
  world.put("a", settings);
  lossy.scripts[0]->fails_at = lossy.scripts[0]->calls + 8;
  fingerprint bits{};
  for (std::int64_t i = 0; i < 20; ++i) {
    world.run_to(first_tick + 3 * i);
    bits[0] = static_cast<std::byte>(i);
    bits[1] = static_cast<std::byte>(i * i);
    const auto answered = std::make_shared<std::optional<outcome<tick_answer>>>();
    tick_overrides own;
    own.reporting_url = "http://own.test/";
    // The second before has the same picture, so that this one has a change vector to ask for.
    world.poll("a", first_tick + 3 * i, &bits);
    world.run_for(1s);
    const arrival called{.channel = world.number_of("a"),
                         .time = first_tick + 3 * i + 1,
                         .bits = bits,
                         .received = world.time.clock().steady()};
    world.service->take_now(called, own, [answered](auto got) { answered->emplace(got); });
    world.run_for(1900ms);
    ASSERT_TRUE(*answered) << i;
    ASSERT_TRUE(**answered) << (*answered)->error().what;
  }
  EXPECT_TRUE(lossy.scripts[0]->lost);
  EXPECT_EQ(lossy.entry("a").engine, "cpu");
  world.drain();
  const auto reports = world.reports_of("a");
  ASSERT_EQ(reports.size(), 40u);
  for (const delivery& each : reports) {
    const bool is_called = (each.time - first_tick) % 3 == 1;
    EXPECT_EQ(each.sink_url, is_called ? "http://own.test/" : "http://sink.test/") << each.time;
  }
}

}  // namespace
}  // namespace reprise
