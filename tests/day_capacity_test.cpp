#include "cuda/day_capacity.hpp"

#include <gtest/gtest.h>

#include "cuda/cuda_matcher.hpp"
#include "tests/tested_device.hpp"

namespace reprise {
namespace {

TEST(DayCapacity, PutsThousandsOfChannelsOnADataCentreCard) {
  EXPECT_GE(day_capacity_of(80'000'000'000).channels, 5'500u);
  EXPECT_GE(day_capacity_of(141'000'000'000).channels, 10'000u);
}

TEST(DayCapacity, LeavesATenthOfTheMemoryFree) {
  const day_capacity fits = day_capacity_of(80'000'000'000);
  EXPECT_LE(fits.channels * fits.channel_bytes, 72'000'000'000u);
  EXPECT_GE((fits.channels + 10) * fits.channel_bytes, 72'000'000'000u);
  EXPECT_EQ(day_capacity_of(1'000'000).channels, 0u);
}

TEST(DayCapacity, CountsTheHostMemoryThatTheEngineTakes) {
  const day_capacity fits = day_capacity_of(80'000'000'000);
  const auto engine = make_cuda_matcher(rule{}, make_tested_device(rule{}), {}).value();
  const std::uint64_t each = engine->channel_bytes(engine->add_channel({}).value());
  EXPECT_GE(fits.host_bytes, fits.channels * each);
  EXPECT_LE(fits.host_bytes, fits.channels * (each + 1'000) + 100'000'000);
}

TEST(DayCapacity, SaysWhyAnOldDeviceCannotBeUsed) {
  compute_device old{0, "Tesla T4", 7, 5, 16'000'000'000, 15'000'000'000};
  tell_day_capacity(old);
  EXPECT_EQ(old.unusable, "it needs compute 8.0 or later");
  EXPECT_EQ(old.day_channels, 0u);
  compute_device usable{0, "NVIDIA A100", 8, 0, 80'000'000'000, 80'000'000'000};
  tell_day_capacity(usable);
  EXPECT_EQ(usable.unusable, "");
  EXPECT_GE(usable.day_channels, 5'500u);
}

}  // namespace
}  // namespace reprise
