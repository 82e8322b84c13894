// The CUDA engine against the reference, over a device that runs on the host: what the host does
// for a card, and every function that the kernels share with it.
#include "cuda/cuda_matcher.hpp"

#include <gtest/gtest.h>

#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "tests/emulated_device.hpp"
#include "tests/matcher_comparison.hpp"

namespace reprise {
namespace {

std::unique_ptr<matcher> make_emulated(const rule& by, std::uint32_t ahead = 0,
                                       std::shared_ptr<device_script> script = {}) {
  if (!script) script = std::make_shared<device_script>();
  return make_cuda_matcher(by, make_emulated_device(by, script), {ahead}).value();
}

TEST(CudaMatcher, EqualsTheReferenceOnHostileContent) {
  const std::uint64_t first = first_seed(1);
  for (std::uint64_t seed = first; seed < first + seeds_count(200); ++seed) {
    SCOPED_TRACE(seed);
    const auto expected = make_reference_matcher(rule{}).value();
    const auto tested = make_emulated(rule{});
    compare_engines(*expected, *tested, seed, 200);
    if (HasFatalFailure()) return;
  }
}

TEST(CudaMatcher, EqualsTheReferenceForEveryRule) {
  std::uint64_t seed = first_seed(1000);
  const rule rules[] = {{128, 64, 5},    {192, 128, 4}, {512, 128, 1},
                        {512, 256, 3},   {1024, 64, 5}, {1024, 960, 2},
                        {2048, 1984, 5}, {2048, 64, 5}, {2048, 256, 3}};
  for (const rule& by : rules) {
    for (std::uint64_t i = 0; i < seeds_count(20); ++i) {
      SCOPED_TRACE(testing::Message() << by.bits << " " << by.prefix_bits << " seed " << ++seed);
      const auto expected = make_reference_matcher(by).value();
      compare_engines(*expected, *make_emulated(by), seed, 150);
      if (HasFatalFailure()) return;
    }
  }
}

// Windows of several tiles, filled without a search as after a restart, held to the CPU engine.
TEST(CudaMatcher, EqualsTheCpuEngineInAWindowOfManyTiles) {
  const std::uint64_t first = first_seed(4000);
  for (std::uint64_t seed = first; seed < first + seeds_count(2); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    const search_settings settings{.window_seconds = 12'000, .threshold = 1};
    const auto expected = make_cpu_matcher(rule{}, {.threads = 1}).value();
    const auto tested = make_emulated(rule{});
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

// What a run answers, tick by tick.
class run_recorder final : public run_visitor {
 public:
  explicit run_recorder(recorder& all) : all_{all} {}
  void begin(const tick&) override { all_.seen.clear(); }
  void finish(const tick& taken, const tick_result& result) override {
    answers.push_back({taken.time,
                       result.error,
                       result.still,
                       {result.best.begin(), result.best.end()},
                       all_.seen});
  }
  struct answer {
    std::int64_t time;
    std::optional<errc> error;
    bool still;
    std::vector<match> best;
    std::vector<match> all;
    bool operator==(const answer&) const = default;
  };
  std::vector<answer> answers;

 private:
  recorder& all_;
};

TEST(CudaMatcher, AnswersARunAsItsTicksOneByOne) {
  const std::uint64_t first = first_seed(6000);
  for (std::uint64_t seed = first; seed < first + seeds_count(60); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    const search_settings settings{.window_seconds = 1 + static_cast<std::uint32_t>(random() % 300),
                                   .top_k = 3,
                                   .threshold = random() % 2 == 0 ? 0.0 : 1e12};
    const auto expected = make_reference_matcher(rule{}).value();
    const auto tested = make_emulated(rule{}, 1 + static_cast<std::uint32_t>(random() % 64));
    hostile_content content{rule{}, settings.window_seconds, random()};
    std::vector<made_second> seconds;
    for (int i = 0; i < 400; ++i) seconds.push_back(content.next());
    const auto answers_of = [&](matcher& of) {
      recorder all;
      all.wants_all = seed % 2 == 0;
      all.watched = {1, 2, 7, 30, 31, 150};
      const channel_id channel = of.add_channel(settings).value();
      std::vector<tick> run;
      for (const made_second& each : seconds) {
        run.push_back({channel, each.time, each.fingerprint, &all, each.time % 19 != 0});
      }
      std::swap(run[100], run[101]);  // one that is not after the newest
      run_recorder answered{all};
      of.step_run(std::span{run}.first(250), answered);
      of.step_run(std::span{run}.subspan(250), answered);
      return answered.answers;
    };
    const auto want = answers_of(*expected), got = answers_of(*tested);
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) ASSERT_EQ(got[i], want[i]) << i;
  }
}

TEST(CudaMatcher, ScoresEverySlotOfEveryRowOnceABatch) {
  const auto script = std::make_shared<device_script>();
  const auto tested = make_emulated(rule{}, 0, script);
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

// Every second's prefix is new: what leaves the ring must give its name back.
TEST(CudaMatcher, NamesNoMorePrefixesThanTheRingHolds) {
  std::mt19937_64 random{first_seed(7)};
  const auto expected = make_reference_matcher(rule{}).value();
  const auto tested = make_emulated(rule{});
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

TEST(CudaMatcher, RefusesWhatTheDeviceEngineDoesNotTake) {
  const rule wide{2112, 256, 5};
  EXPECT_EQ(make_cuda_matcher(wide, nullptr, {}).error(), errc::parameter_out_of_range);
  const auto tested = make_emulated(rule{});
  EXPECT_EQ(tested->add_channel({.window_seconds = 0}).error(), errc::parameter_out_of_range);
}

TEST(CudaMatcher, AChannelThatDoesNotFitIsRefusedAndLeavesTheOthersAlone) {
  const auto script = std::make_shared<device_script>();
  script->bytes_max = 2 * plane_bytes(rule{}, slots_of(rule{}, 300, 0));
  const auto tested = make_emulated(rule{}, 0, script);
  const channel_id first = tested->add_channel({.window_seconds = 300}).value();
  ASSERT_TRUE(tested->add_channel({.window_seconds = 300}));
  EXPECT_EQ(tested->add_channel({.window_seconds = 300}).error(), errc::device_memory);
  tested->remove_channel(first);
  EXPECT_EQ(tested->channel_bytes(first), 0u);
  EXPECT_TRUE(tested->add_channel({.window_seconds = 300}));
}

TEST(CudaMatcher, TakesFiveMegabytesOfHostMemoryForADay) {
  const auto tested = make_emulated(rule{});
  const channel_id channel = tested->add_channel({}).value();
  EXPECT_GT(tested->channel_bytes(channel), 4'500'000u);
  EXPECT_LT(tested->channel_bytes(channel), 5'500'000u);
}

}  // namespace
}  // namespace reprise
