// Channels on devices that are small, and that are lost at any call: every tick has the reference's
// answer, at once with a standby, and else once its channel was added again.
#include "host/match/placed_matcher.hpp"

#include <gtest/gtest.h>

#include "cuda/cuda_matcher.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "tests/device_life.hpp"
#include "tests/emulated_device.hpp"

namespace reprise {
namespace {

using namespace device_life;

using scripts = std::vector<std::shared_ptr<device_script>>;

scripts make_scripts(std::size_t count) {
  scripts made(count);
  for (auto& each : made) each = std::make_shared<device_script>();
  return made;
}

std::unique_ptr<matcher> make_placed(const scripts& devices, placed_options options = {},
                                     const rule& by = {}) {
  std::vector<device_engine> engines;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    engines.push_back({"cuda:" + std::to_string(i),
                       make_cuda_matcher(by, make_emulated_device(by, devices[i]), {}).value()});
  }
  auto host = make_cpu_matcher(by, {.threads = 1, .budget = options.budget}).value();
  return make_placed_matcher(std::move(engines), std::move(host), std::move(options)).value();
}

tick_result step_one(matcher& stepped, const tick& taken) {
  tick_result answered;
  stepped.step({&taken, 1}, {&answered, 1});
  return answered;
}

TEST(PlacedMatcher, EqualsTheReferenceWhereverAChannelIs) {
  const std::uint64_t first = first_seed(9000);
  for (std::uint64_t seed = first; seed < first + seeds_count(60); ++seed) {
    SCOPED_TRACE(seed);
    const scripts devices = make_scripts(seed % 3);
    // Room for some of the channels: those beyond go to the next device or to the CPU.
    for (const auto& each : devices) each->bytes_max = plane_bytes(rule{}, 400) * (seed % 4);
    const auto expected = make_reference_matcher(rule{}).value();
    compare_engines(*expected, *make_placed(devices, {.standby = seed % 2 == 0}), seed, 300);
    if (HasFatalFailure()) return;
  }
}

TEST(PlacedMatcher, SpreadsChannelsOverDevicesAndThenToTheCpu) {
  const scripts devices = make_scripts(2);
  for (const auto& each : devices) each->bytes_max = 3 * plane_bytes(rule{}, 200);
  const auto tested = make_placed(devices);
  std::vector<std::string> seen;
  std::vector<channel_id> added;
  for (int i = 0; i < 6; ++i) {
    added.push_back(tested->add_channel({.window_seconds = 150}).value());
    seen.emplace_back(tested->backend(added.back()));
  }
  const std::vector<std::string> wanted{"cuda:0", "cuda:1", "cuda:0", "cuda:1", "cpu", "cpu"};
  EXPECT_EQ(seen, wanted);
  tested->remove_channel(added[1]);
  EXPECT_EQ(tested->backend(added[1]), "");
  const channel_id host = tested->add_host_channel({.window_seconds = 150}).value();
  EXPECT_EQ(tested->backend(host), "cpu");
  const channel_id next = tested->add_channel({.window_seconds = 150}).value();
  EXPECT_EQ(tested->backend(next), "cuda:1");
}

TEST(PlacedMatcher, TellsWhatItsDevicesHave) {
  const scripts devices = make_scripts(2);
  devices[1]->bytes_max = 5 * plane_bytes(rule{}, 200);
  const auto tested = make_placed(devices);
  ASSERT_TRUE(tested->add_channel({.window_seconds = 150}));
  const auto used = tested->devices();
  ASSERT_EQ(used.size(), 2u);
  EXPECT_EQ(used[0].device, "cuda:0");
  EXPECT_EQ(used[0].bytes, devices[0]->bytes);
  EXPECT_GT(used[0].bytes, 0u);
  EXPECT_EQ(used[1].device, "cuda:1");
  EXPECT_EQ(used[1].bytes, 0u);
  EXPECT_EQ(used[1].bytes_max, devices[1]->bytes_max);
}

TEST(PlacedMatcher, CountsTheHostMemoryOfADeviceOnceAndKeepsIt) {
  const auto budget = std::make_shared<memory_budget>(std::size_t{1} << 40);
  const auto tested = make_placed(make_scripts(1), {.budget = budget});
  EXPECT_EQ(budget->bytes_used(), 0u);  // of a device that nobody uses
  const channel_id first = tested->add_channel({.window_seconds = 150}).value();
  const std::size_t beside = tested->devices().front().host_bytes;
  ASSERT_GT(beside, 0u);
  const std::size_t with_one = budget->bytes_used();
  EXPECT_GT(with_one, beside);
  const channel_id second = tested->add_channel({.window_seconds = 150}).value();
  EXPECT_EQ(budget->bytes_used() - with_one, with_one - beside);
  tested->remove_channel(first);
  tested->remove_channel(second);
  EXPECT_EQ(budget->bytes_used(), beside);
}

TEST(PlacedMatcher, KeepsAChannelOnItsDeviceWhereTheHostHasNoRoomForAStandby) {
  const scripts devices = make_scripts(1);
  const auto roomy = std::make_shared<memory_budget>(std::size_t{1} << 40);
  const auto measured = make_placed(devices, {.standby = false, .budget = roomy});
  ASSERT_TRUE(measured->add_channel({.window_seconds = 150}));

  // What the device takes of the host for one channel, and nothing for a standby.
  const auto budget = std::make_shared<memory_budget>(roomy->bytes_used());
  const scripts failing = make_scripts(1);
  const auto tested = make_placed(failing, {.standby = true, .budget = budget});
  const channel_id added = tested->add_channel({.window_seconds = 150}).value();
  EXPECT_EQ(tested->backend(added), "cuda:0");
  const std::vector<std::byte> bits(rule{}.bytes());
  for (std::int64_t time = 1; time <= 6; ++time) {
    EXPECT_FALSE(step_one(*tested, {added, time, bits}).error);
  }
  failing[0]->fails_at = failing[0]->calls + 1;
  EXPECT_EQ(step_one(*tested, {added, 7, bits}).error, errc::device_lost);
}

TEST(PlacedMatcher, RefusesSettingsOutsideTheBoundsAndUnknownChannels) {
  const auto tested = make_placed(make_scripts(1));
  EXPECT_EQ(tested->add_channel({.window_seconds = 0}).error(), errc::parameter_out_of_range);
  EXPECT_EQ(tested->add_host_channel({.top_k = 0}).error(), errc::parameter_out_of_range);
  const channel_id added = tested->add_channel({.window_seconds = 10}).value();
  tested->remove_channel(added);
  EXPECT_EQ(step_one(*tested, {added, 5, {}}).error, errc::channel_unknown);
  EXPECT_EQ(tested->channel_bytes(added), 0u);
}

// All ticks of a second are one batch. Where a channel's device is lost without a standby, it is
// added again, its past is loaded, and the tick is asked once more: as the live service does.
struct placed_life {
  explicit placed_life(const std::vector<scripted_tick>& life, matcher& tested)
      : life_{life}, tested_{tested} {
    for (std::size_t i = 0; i < channels_count; ++i) {
      ids_.push_back(tested_.add_channel(settings).value());
    }
  }

  void live() {
    for (std::size_t row = 0; row < life_.size();) {
      const int second = life_[row].second;
      if (second == removed_at + 1) tested_.remove_channel(ids_[removed_channel]);
      std::size_t end = row;
      while (end < life_.size() && life_[end].second == second) ++end;
      live_second(row, end);
      if (testing::Test::HasFailure()) return;
      row = end;
    }
  }

  std::size_t added_again = 0;

 private:
  void live_second(std::size_t row, std::size_t end) {
    std::vector<tick> batch;
    std::vector<recorder> all;
    for (std::size_t i = row; i < end; ++i) all.push_back(make_recorder(life_[i].wants_all));
    for (std::size_t i = row; i < end; ++i) {
      batch.push_back({ids_[life_[i].channel], life_[i].content.time, life_[i].content.fingerprint,
                       &all[i - row]});
    }
    std::vector<tick_result> results(batch.size());
    tested_.step(batch, results);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const scripted_tick& asked = life_[row + i];
      if (results[i].error == errc::device_lost) {
        EXPECT_EQ(tested_.backend(batch[i].channel), "");
        add_again(asked.channel, row + i);
        batch[i].channel = ids_[asked.channel];
        all[i].begin_again();
        results[i] = step_one(tested_, batch[i]);
      }
      EXPECT_EQ(results[i].error, asked.error);
      EXPECT_EQ(std::vector<match>(results[i].best.begin(), results[i].best.end()), asked.best);
      EXPECT_EQ(all[i].seen, asked.all);
    }
  }

  void add_again(std::size_t channel, std::size_t until) {
    ++added_again;
    tested_.remove_channel(ids_[channel]);
    ids_[channel] = tested_.add_channel(settings).value();
    for (std::size_t i = 0; i < until; ++i) {
      if (life_[i].channel != channel) continue;
      const tick joined{ids_[channel], life_[i].content.time, life_[i].content.fingerprint, nullptr,
                        false};
      EXPECT_EQ(step_one(tested_, joined).error, life_[i].error);
    }
  }

  const std::vector<scripted_tick>& life_;
  matcher& tested_;
  std::vector<channel_id> ids_;
};

// Both devices are lost, one after the other, each at its n-th call, for every n.
void lose_devices_at_every_call(bool standby) {
  const std::vector<scripted_tick> life = write_life();
  const scripts whole = make_scripts(2);
  {
    const auto tested = make_placed(whole, {.standby = standby});
    placed_life{life, *tested}.live();
  }
  ASSERT_GT(whole[0]->calls, 300u);
  std::size_t added_again = 0;
  for (std::uint64_t call = 1; call <= whole[0]->calls; ++call) {
    SCOPED_TRACE(call);
    const scripts devices = make_scripts(2);
    devices[0]->fails_at = call;
    devices[1]->fails_at = call + 40;
    std::vector<std::string> lost;
    const auto tested = make_placed(
        devices,
        {.standby = standby, .told_lost = [&](std::string_view name) { lost.emplace_back(name); }});
    placed_life lived{life, *tested};
    lived.live();
    added_again += lived.added_again;
    EXPECT_TRUE(devices[0]->lost);
    // One that was lost while a channel was removed is noticed when it is asked next.
    static_cast<void>(tested->add_channel(settings));
    EXPECT_EQ(lost.size(), devices[1]->lost ? 2u : 1u);
    if (testing::Test::HasFailure()) return;
  }
  if (standby) {
    EXPECT_EQ(added_again, 0u);
  } else {
    EXPECT_GT(added_again, whole[0]->calls);
  }
}

TEST(PlacedMatcher, WithAStandbyAnswersEveryTickAtOnceWhicheverCallLosesADevice) {
  lose_devices_at_every_call(true);
}

TEST(PlacedMatcher, WithoutAStandbyAnswersOnceTheChannelIsAddedAgain) {
  lose_devices_at_every_call(false);
}

TEST(PlacedMatcher, PutsChannelsOnTheCpuOnceEveryDeviceIsLost) {
  const scripts devices = make_scripts(1);
  devices[0]->fails_at = 1;
  int told = 0;
  const auto tested = make_placed(devices, {.told_lost = [&](std::string_view) { ++told; }});
  const channel_id first = tested->add_channel({.window_seconds = 10}).value();
  const channel_id second = tested->add_channel({.window_seconds = 10}).value();
  EXPECT_EQ(tested->backend(first), "cpu");
  EXPECT_EQ(tested->backend(second), "cpu");
  EXPECT_EQ(told, 1);
}

TEST(PlacedMatcher, CountsWhatDeviceChannelsTakeOfTheHost) {
  const search_settings searched{.window_seconds = 3000};
  const auto budget = std::make_shared<memory_budget>(std::size_t{1} << 30);
  const auto tested = make_placed(make_scripts(1), {.budget = budget});
  const channel_id added = tested->add_channel(searched).value();
  const std::size_t of_device = tested->devices().front().host_bytes;
  const std::size_t of_channel = budget->bytes_used() - of_device;
  EXPECT_GT(of_channel, 3000u * sizeof(std::uint32_t));
  EXPECT_GE(tested->channel_bytes(added), of_channel);
  tested->remove_channel(added);
  EXPECT_EQ(budget->bytes_used(), of_device);

  const auto other = std::make_shared<memory_budget>(std::size_t{1} << 30);
  const auto beside = make_placed(make_scripts(1), {.standby = true, .budget = other});
  const channel_id kept = beside->add_channel(searched).value();
  EXPECT_GT(other->bytes_used(), of_device + of_channel + 3000u * 96);
  beside->remove_channel(kept);
  EXPECT_EQ(other->bytes_used(), of_device);
}

TEST(PlacedMatcher, RefusesWhatTheBudgetDoesNotHoldAndTakesNothing) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{200'000}}) {
    const auto budget = std::make_shared<memory_budget>(bytes);
    const auto tested = make_placed(make_scripts(1), {.standby = true, .budget = budget});
    EXPECT_EQ(tested->add_channel({.window_seconds = 3000}).error(), errc::host_memory);
    EXPECT_EQ(budget->bytes_used(), 0u);
  }
}

TEST(PlacedMatcher, IsTheCpusMatcherWhereThereIsNoDevice) {
  const auto expected = make_reference_matcher(rule{}).value();
  compare_engines(*expected, *make_placed({}), 5, 300);
}

}  // namespace
}  // namespace reprise
