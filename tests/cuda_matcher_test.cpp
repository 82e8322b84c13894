// The CUDA engine against the reference. Linked with a device that runs on the host, it holds what
// the host does for a card, and every function that the kernels share with it; with a card, the
// rest.
#include "cuda/cuda_matcher.hpp"

#include <gtest/gtest.h>

#include "cuda/cuda_device.hpp"
#include "cuda/day_capacity.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "tests/matcher_comparison.hpp"
#include "tests/tested_device.hpp"

namespace reprise {
namespace {

class CudaMatcher : public device_test {};

std::unique_ptr<matcher> make_tested(const rule& by, std::uint32_t ahead = 0) {
  return make_cuda_matcher(by, make_tested_device(by), {ahead}).value();
}

TEST_F(CudaMatcher, EqualsTheReferenceOnHostileContent) {
  const std::uint64_t first = first_seed(1);
  for (std::uint64_t seed = first; seed < first + seeds_count(200); ++seed) {
    SCOPED_TRACE(seed);
    const auto expected = make_reference_matcher(rule{}).value();
    const auto tested = make_tested(rule{});
    compare_engines(*expected, *tested, seed, 200);
    if (HasFatalFailure()) return;
  }
}

TEST_F(CudaMatcher, EqualsTheReferenceForEveryRule) {
  std::uint64_t seed = first_seed(1000);
  const rule rules[] = {{128, 64, 5},    {192, 128, 4}, {512, 128, 1},
                        {512, 256, 3},   {1024, 64, 5}, {1024, 960, 2},
                        {2048, 1984, 5}, {2048, 64, 5}, {2048, 256, 3}};
  for (const rule& by : rules) {
    for (std::uint64_t i = 0; i < seeds_count(20); ++i) {
      SCOPED_TRACE(testing::Message() << by.bits << " " << by.prefix_bits << " seed " << ++seed);
      const auto expected = make_reference_matcher(by).value();
      compare_engines(*expected, *make_tested(by), seed, 150);
      if (HasFatalFailure()) return;
    }
  }
}

// Windows of several tiles, filled without a search as after a restart, held to the CPU engine.
TEST_F(CudaMatcher, EqualsTheCpuEngineInAWindowOfManyTiles) {
  const std::uint64_t first = first_seed(4000);
  for (std::uint64_t seed = first; seed < first + seeds_count(2); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    const search_settings settings{.window_seconds = 12'000, .threshold = 1};
    const auto expected = make_cpu_matcher(rule{}, {.threads = 1}).value();
    const auto tested = make_tested(rule{});
    compared_channels channels;
    channels.push_back(
        std::make_unique<pair_of_channels>(rule{}, settings, random(), *expected, *tested));
    for (std::uint32_t i = 0; i < 16'000; ++i) {
      channels[0]->loading = i % 2'000 < 1'980 ? 1 : 0;
      channels[0]->content.hold_still(i % 5'000 > 2'500);
      ASSERT_NO_FATAL_FAILURE(step_channels(channels, *expected, *tested, random, 0)) << i;
    }
  }
}

TEST_F(CudaMatcher, AnswersARunAsItsTicksOneByOne) {
  const std::uint64_t first = first_seed(6000);
  for (std::uint64_t seed = first; seed < first + seeds_count(60); ++seed) {
    SCOPED_TRACE(seed);
    const auto expected = make_reference_matcher(rule{}).value();
    compare_runs(*expected, *make_tested(rule{}, 1 + static_cast<std::uint32_t>(seed * 5 % 64)),
                 seed);
    if (HasFatalFailure()) return;
  }
}

// Every second's prefix is new: what leaves the ring must give its name back.
TEST_F(CudaMatcher, NamesNoMorePrefixesThanTheRingHolds) {
  std::mt19937_64 random{first_seed(7)};
  const auto expected = make_reference_matcher(rule{}).value();
  const auto tested = make_tested(rule{});
  const search_settings settings{.window_seconds = 20};
  const channel_id want_id = expected->add_channel(settings).value();
  const channel_id got_id = tested->add_channel(settings).value();
  std::vector<std::vector<std::byte>> pictures;
  for (std::int64_t time = 1; time <= 1'000; ++time) {
    std::vector<std::byte> picture(128);
    for (std::byte& each : picture) each = static_cast<std::byte>(random());
    // Now and then the last twelve seconds come again.
    pictures.push_back(time % 100 > 80 ? pictures[pictures.size() - 12] : picture);
    tick asked{want_id, time, pictures.back()};
    tick_result want, got;
    expected->step({&asked, 1}, {&want, 1});
    asked.channel = got_id;
    tested->step({&asked, 1}, {&got, 1});
    ASSERT_TRUE(std::equal(got.best.begin(), got.best.end(), want.best.begin(), want.best.end()));
    ASSERT_EQ(want.best.empty(), time % 100 < 86) << time;
  }
}

TEST_F(CudaMatcher, RefusesWhatTheDeviceEngineDoesNotTake) {
  const rule wide{2112, 256, 5};
  EXPECT_EQ(make_cuda_matcher(wide, nullptr, {}).error(), errc::parameter_out_of_range);
  const auto tested = make_tested(rule{});
  EXPECT_EQ(tested->add_channel({.window_seconds = 0}).error(), errc::parameter_out_of_range);
}

TEST_F(CudaMatcher, AChannelThatDoesNotFitIsRefusedAndLeavesTheOthersAlone) {
  const std::size_t idle_bytes = make_tested_device(rule{})->memory().device_bytes;
  const std::size_t day_bytes = plane_bytes(rule{}, slots_of(rule{}, 86'400, 0));
  const auto tested =
      make_cuda_matcher(rule{}, make_tested_device(rule{}, idle_bytes + day_bytes * 5 / 2), {})
          .value();
  const channel_id first = tested->add_channel({}).value();
  const channel_id second = tested->add_channel({}).value();
  EXPECT_EQ(tested->add_channel({}).error(), errc::device_memory);
  std::vector<std::byte> picture(128);
  for (std::int64_t time = 1; time <= 10; ++time) {
    const tick batch[] = {{first, time, picture}, {second, time, picture}};
    tick_result results[2];
    tested->step(batch, results);
    for (const tick_result& each : results) {
      EXPECT_FALSE(each.error);
      EXPECT_EQ(each.best.empty(), time < 7);  // a still picture from the seventh second on
    }
  }
  tested->remove_channel(first);
  EXPECT_EQ(tested->channel_bytes(first), 0u);
  EXPECT_TRUE(tested->add_channel({}));
}

TEST_F(CudaMatcher, TakesAsManyChannelsOfADayAsTheListOfDevicesPromises) {
  const std::size_t bytes_max = 300'000'000;
  const auto free_bytes = static_cast<std::uint64_t>(static_cast<double>(bytes_max) /
                                                     cuda_device_options{}.memory_share);
  const auto tested = make_cuda_matcher(rule{}, make_tested_device(rule{}, bytes_max), {}).value();
  const std::uint64_t promised = day_capacity_of(free_bytes).channels;
  EXPECT_GT(promised, 20u);
  std::uint64_t taken = 0;
  while (tested->add_channel({})) ++taken;
  EXPECT_GE(taken, promised);
  EXPECT_LE(taken, promised + 4);  // a device on the host counts planes alone
}

TEST_F(CudaMatcher, EqualsTheCpuEngineInBatchesOfHundredsOfChannels) {
  const std::uint64_t first = first_seed(8000);
  for (std::uint64_t seed = first; seed < first + seeds_count(1); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    const auto expected = make_cpu_matcher(rule{}, {.threads = 1}).value();
    const auto tested = make_tested(rule{});
    compared_channels channels;
    for (int i = 0; i < 700; ++i) {
      const search_settings settings{
          .window_seconds = 1 + static_cast<std::uint32_t>(random() % (i % 50 == 0 ? 9000 : 90)),
          .top_k = 1 + static_cast<std::uint32_t>(random() % 12),
          .threshold = 1};
      channels.push_back(
          std::make_unique<pair_of_channels>(rule{}, settings, random(), *expected, *tested));
    }
    for (int i = 0; i < 60; ++i) {
      ASSERT_NO_FATAL_FAILURE(step_channels(channels, *expected, *tested, random, i % 2 * 4)) << i;
    }
  }
}

TEST_F(CudaMatcher, TakesFiveMegabytesOfHostMemoryForADay) {
  const auto tested = make_tested(rule{});
  const channel_id channel = tested->add_channel({}).value();
  EXPECT_GT(tested->channel_bytes(channel), 4'500'000u);
  EXPECT_LT(tested->channel_bytes(channel), 5'500'000u);
}

}  // namespace
}  // namespace reprise
