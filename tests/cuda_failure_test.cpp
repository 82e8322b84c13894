// The CUDA engine over a device that is lost at its n-th call, for every n of a scripted life: each
// tick is answered, exactly or with device_lost, and the device is never called again.
#include <gtest/gtest.h>

#include "cuda/cuda_matcher.hpp"
#include "tests/device_life.hpp"
#include "tests/emulated_device.hpp"

namespace reprise {
namespace {

using namespace device_life;

struct lived {
  std::uint64_t lost_ticks = 0;
  bool refused_to_add = false;
};

lived live_through(const std::vector<scripted_tick>& life,
                   const std::shared_ptr<device_script>& script) {
  lived told;
  const auto tested = make_cuda_matcher(rule{}, make_emulated_device(rule{}, script), {}).value();
  std::vector<channel_id> ids;
  for (std::size_t i = 0; i < channels_count; ++i) {
    const auto added = tested->add_channel(settings);
    told.refused_to_add = !added;
    if (told.refused_to_add) {
      EXPECT_EQ(added.error(), errc::device_lost);
      return told;
    }
    ids.push_back(*added);
  }
  for (const scripted_tick& each : life) {
    if (each.second == removed_at + 1 && each.channel == 0) {
      tested->remove_channel(ids[removed_channel]);
    }
    recorder all = make_recorder(each.wants_all);
    const tick given{ids[each.channel], each.content.time, each.content.fingerprint, &all};
    tick_result result;
    tested->step({&given, 1}, {&result, 1});
    if (script->lost) {
      ++told.lost_ticks;
      EXPECT_EQ(result.error, errc::device_lost);
      EXPECT_TRUE(result.best.empty());
      continue;
    }
    EXPECT_EQ(result.error, each.error);
    EXPECT_EQ(std::vector<match>(result.best.begin(), result.best.end()), each.best);
    EXPECT_EQ(all.seen, each.all);
  }
  return told;
}

TEST(CudaFailure, ADeviceThatIsLostAtAnyCallLosesNoAnswerBefore) {
  const std::vector<scripted_tick> life = write_life();
  const auto whole = std::make_shared<device_script>();
  ASSERT_EQ(live_through(life, whole).lost_ticks, 0u);
  ASSERT_GT(whole->calls, 500u);
  for (std::uint64_t call = 1; call <= whole->calls; ++call) {
    SCOPED_TRACE(call);
    const auto script = std::make_shared<device_script>();
    script->fails_at = call;
    const lived told = live_through(life, script);
    ASSERT_TRUE(script->lost);
    ASSERT_TRUE(told.lost_ticks > 0 || told.refused_to_add || call == whole->calls);
    if (HasFailure()) return;
  }
}

TEST(CudaFailure, AfterTheLossNoChannelIsTaken) {
  const auto script = std::make_shared<device_script>();
  const auto tested = make_cuda_matcher(rule{}, make_emulated_device(rule{}, script), {}).value();
  const channel_id channel = tested->add_channel({.window_seconds = 10}).value();
  script->fails_at = script->calls + 1;
  const std::vector<std::byte> picture(128);
  tick_result result;
  for (std::int64_t time = 1; time < 3; ++time) {
    const tick given{channel, time, picture};
    tested->step({&given, 1}, {&result, 1});
  }
  EXPECT_EQ(result.error, errc::device_lost);
  EXPECT_EQ(tested->add_channel({.window_seconds = 10}).error(), errc::device_lost);
  tested->remove_channel(channel);
}

}  // namespace
}  // namespace reprise
