// What only a device that runs on the host can tell.
#include "tests/emulated_device.hpp"

#include <gtest/gtest.h>

#include "cuda/cuda_matcher.hpp"

namespace reprise {
namespace {

TEST(EmulatedDevice, ScoresEverySlotOfEveryRowOnceABatch) {
  const auto script = std::make_shared<device_script>();
  const auto tested = make_cuda_matcher(rule{}, make_emulated_device(rule{}, script), {}).value();
  const std::uint32_t windows[] = {1, 4'000, 86'400};
  std::vector<channel_id> channels;
  std::uint64_t slots = 0;
  for (const std::uint32_t window : windows) {
    channels.push_back(tested->add_channel({.window_seconds = window}).value());
    slots += slots_of(rule{}, window, 0);
  }
  std::vector<std::byte> picture(128);
  for (std::int64_t time = 100; time < 103; ++time) {
    std::vector<tick> batch;
    for (const channel_id channel : channels) batch.push_back({channel, time, picture});
    std::vector<tick_result> results(batch.size());
    script->scored_slots = 0;
    tested->step(batch, results);
    // The first second has no change vector, and asks nothing.
    EXPECT_EQ(script->scored_slots, time == 100 ? 0 : slots);
  }
}

}  // namespace
}  // namespace reprise
