// The CUDA engine against the CPU engine and the reference, over as many channel-ticks as are asked
// for: REPRISE_TEST_CHANNEL_TICKS, REPRISE_TEST_REFERENCE_TICKS. One channel in four has random
// content, the others have hostile content; each has an oracle of its own, stepped on all cores.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iostream>

#include "cuda/cuda_matcher.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "host/match/worker_pool.hpp"
#include "tests/matcher_comparison.hpp"
#include "tests/tested_device.hpp"

namespace reprise {
namespace {

class DeviceMass : public device_test {};

// All matches are asked for in so many ticks, not in each: a device tells them row by row.
constexpr std::uint64_t visited_share = 64;
constexpr std::uint64_t left_out_share = 16;  // of the ticks: any subset of the channels is a batch

// One channel, what it shows, and what its oracle says to that.
class judged_channel {
 public:
  judged_channel(const search_settings& settings, std::uint64_t seed, bool is_random,
                 std::unique_ptr<matcher> oracle, matcher& tested)
      : random_{seed},
        is_random_{is_random},
        content_{rule{}, settings.window_seconds, seed},
        oracle_{std::move(oracle)},
        oracle_id_{oracle_->add_channel(settings).value()},
        tested_id_{tested.add_channel(settings).value()} {}

  // The next second, and the oracle's answer; on any thread.
  void step() {
    takes_part = random_() % left_out_share != 0;
    if (!takes_part) return;
    second_ = content_.next();
    if (is_random_ && !second_.fingerprint.empty()) {
      for (std::byte& each : second_.fingerprint) each = static_cast<std::byte>(random_());
    }
    visits_ = random_() % visited_share == 0;
    for (recorder* each : {&want_all_, &got_all_}) {
      each->seen.clear();
      each->wants_all = true;
    }
    tick asked{oracle_id_, second_.time, second_.fingerprint, visits_ ? &want_all_ : nullptr};
    oracle_->step({&asked, 1}, {&want_, 1});
  }
  [[nodiscard]] tick asked() {
    return {tested_id_, second_.time, second_.fingerprint, visits_ ? &got_all_ : nullptr};
  }
  void judge(const tick_result& got) const {
    ASSERT_TRUE(std::equal(got.best.begin(), got.best.end(), want_.best.begin(), want_.best.end()))
        << "at " << second_.time;
    ASSERT_EQ(got.error, want_.error) << "at " << second_.time;
    ASSERT_EQ(got.still, want_.still) << "at " << second_.time;
    ASSERT_EQ(got_all_.seen, want_all_.seen) << "at " << second_.time;
  }

  bool takes_part = false;

 private:
  std::mt19937_64 random_;
  bool is_random_;
  hostile_content content_;
  std::unique_ptr<matcher> oracle_;
  channel_id oracle_id_, tested_id_;
  made_second second_;
  bool visits_ = false;
  recorder want_all_, got_all_;
  tick_result want_;
};

using judged_channels = std::vector<std::unique_ptr<judged_channel>>;

class step_all final : public worker_task {
 public:
  explicit step_all(judged_channels& channels) : channels_{channels} {}
  void work(unsigned) override {
    for (std::size_t i = next_++; i < channels_.size(); i = next_++) channels_[i]->step();
  }

 private:
  judged_channels& channels_;
  std::atomic<std::size_t> next_{0};
};

struct mass_size {
  std::uint64_t ticks;
  std::uint64_t channels;
  std::span<const std::uint32_t> windows;
};

void judge_mass(const mass_size& size, const std::function<std::unique_ptr<matcher>()>& oracle) {
  const std::uint64_t seed = first_seed(9000);
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random{seed};
  const auto tested = make_cuda_matcher(rule{}, make_tested_device(rule{}), {}).value();
  judged_channels channels;
  for (std::uint64_t i = 0; i < size.channels; ++i) {
    const search_settings settings{.window_seconds = size.windows[i % size.windows.size()],
                                   .top_k = 1 + static_cast<std::uint32_t>(random() % 12),
                                   .threshold = threshold_of_similarity(0.3, rule{})};
    channels.push_back(
        std::make_unique<judged_channel>(settings, random(), i % 4 == 3, oracle(), *tested));
  }
  worker_pool workers{std::max(1u, std::thread::hardware_concurrency())};
  std::uint64_t judged = 0, matches = 0;
  std::vector<tick> batch;
  std::vector<tick_result> results;
  while (judged < size.ticks) {
    step_all next{channels};
    workers.run(next);
    batch.clear();
    for (const auto& each : channels) {
      if (each->takes_part) batch.push_back(each->asked());
    }
    results.assign(batch.size(), {});
    tested->step(batch, results);
    std::size_t answered = 0;
    for (std::size_t i = 0; i < channels.size(); ++i) {
      if (!channels[i]->takes_part) continue;
      const tick_result& got = results[answered++];
      ASSERT_NO_FATAL_FAILURE(channels[i]->judge(got)) << "channel " << i;
      matches += got.best.size();
    }
    judged += batch.size();
  }
  EXPECT_GT(matches, 0u);
  std::cout << judged << " channel-ticks of " << size.channels << " channels, " << matches
            << " of their best matches: no difference\n";
}

TEST_F(DeviceMass, EqualsTheCpuEngine) {
  const std::uint64_t ticks = asked_count("REPRISE_TEST_CHANNEL_TICKS", 20'000);
  const std::uint32_t windows[] = {50, 600, 4'090, 9'000, 300};
  judge_mass({ticks, std::clamp<std::uint64_t>(ticks / 200, 5, 1'000), windows},
             [] { return make_cpu_matcher(rule{}, {.threads = 1}).value(); });
}

TEST_F(DeviceMass, EqualsTheReference) {
  const std::uint64_t ticks = asked_count("REPRISE_TEST_REFERENCE_TICKS", 2'000);
  const std::uint32_t windows[] = {40, 300, 900, 4'500, 7};
  judge_mass({ticks, std::clamp<std::uint64_t>(ticks / 200, 5, 100), windows},
             [] { return make_reference_matcher(rule{}).value(); });
}

}  // namespace
}  // namespace reprise
