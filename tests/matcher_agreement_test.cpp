// Every engine against the reference, exactly: the same content goes to both, tick by tick, and the
// best matches, all matches, the order and the still flag must be equal. Content, rules, settings
// and the coming and going of channels are drawn from a seed that a failure prints.
// REPRISE_TEST_SEEDS makes it a long run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>

#include "host/match/agreement_kernels.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "tests/hostile_content.hpp"

namespace reprise {

std::ostream& operator<<(std::ostream& out, const match& shown) {
  return out << "lag " << shown.lag_seconds << " score "
             << static_cast<std::uint64_t>(shown.score >> 64) << ":"
             << static_cast<std::uint64_t>(shown.score);
}

namespace {

std::uint64_t first_seed(std::uint64_t usual) {
  const char* asked = std::getenv("REPRISE_TEST_FIRST_SEED");
  return asked == nullptr ? usual : std::strtoull(asked, nullptr, 10);
}

std::uint64_t seeds_count(std::uint64_t usual) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  usual = (usual + 19) / 20;  // instrumented code takes its time
#endif
  const char* asked = std::getenv("REPRISE_TEST_SEEDS");
  return asked == nullptr ? usual : std::strtoull(asked, nullptr, 10);
}

class recorder final : public match_visitor {
 public:
  [[nodiscard]] bool wants_all_when_still() const noexcept override { return wants_all; }
  [[nodiscard]] std::span<const std::uint32_t> watched_lags() const noexcept override {
    return watched;
  }
  void visit(std::span<const match> piece) noexcept override {
    seen.insert(seen.end(), piece.begin(), piece.end());
  }
  std::vector<match> seen;
  std::vector<std::uint32_t> watched;
  bool wants_all = false;
};

// Some lags of the window and some beyond it, increasing.
std::vector<std::uint32_t> random_lags(std::mt19937_64& random) {
  std::vector<std::uint32_t> made;
  for (std::uint32_t lag = 1; lag < 400; lag += 1 + static_cast<std::uint32_t>(random() % 5)) {
    made.push_back(lag);
  }
  return made;
}

// One channel in two engines.
struct pair_of_channels {
  pair_of_channels(const rule& by, const search_settings& settings, std::uint64_t seed,
                   matcher& expected, matcher& tested)
      : content{by, settings.window_seconds, seed},
        expected_id{expected.add_channel(settings).value()},
        tested_id{tested.add_channel(settings).value()} {}

  hostile_content content;
  channel_id expected_id, tested_id;
  made_second second;
  recorder expected_all, tested_all;
  bool wants_all = false;
  std::uint64_t loading = 0;  // ticks that join the history without a search
};

search_settings random_settings(const rule& by, std::mt19937_64& random) {
  search_settings made;
  const std::uint32_t windows[] = {1, 2, 5, 8, 11, 40, 97, 300};
  made.window_seconds = windows[random() % std::size(windows)];
  const std::uint32_t ks[] = {1, 2, 3, 10, 100};
  made.top_k = ks[random() % std::size(ks)];
  made.min_lag_seconds =
      random() % 2 == 0 ? 1 : static_cast<std::uint32_t>(1 + random() % made.window_seconds);
  const double similarities[] = {0.2, 0.5, 0.8, 0.99, 1.0};
  made.threshold = random() % 3 == 0 ? 0
                                     : threshold_of_similarity(
                                           similarities[random() % std::size(similarities)], by);
  made.still = random() % 3 == 0 ? still_policy::skip : still_policy::match;
  return made;
}

// What now and then stands in for the threshold of a channel, for one query alone.
std::optional<double> random_threshold(std::mt19937_64& random, const rule& by) {
  if (random() % 4 != 0) return std::nullopt;
  const double similarities[] = {0.2, 0.8, 0.99, 1.0};
  return random() % 3 == 0
             ? 0.0
             : threshold_of_similarity(similarities[random() % std::size(similarities)], by);
}

// Steps both engines by one batch: a random subset of the channels, one in `left_out` left out.
void step_channels(std::vector<std::unique_ptr<pair_of_channels>>& channels, matcher& expected,
                   matcher& tested, std::mt19937_64& random, std::uint64_t left_out) {
  std::vector<tick> expected_batch, tested_batch;
  std::vector<pair_of_channels*> taking_part;
  for (auto& channel : channels) {
    if (left_out > 0 && random() % left_out == 0) continue;
    channel->second = channel->content.next();
    channel->wants_all = random() % 2 == 0;
    channel->expected_all.seen.clear();
    channel->tested_all.seen.clear();
    channel->expected_all.watched = channel->tested_all.watched = random_lags(random);
    channel->expected_all.wants_all = channel->tested_all.wants_all = random() % 2 == 0;
    tick made{channel->expected_id,        channel->second.time,
              channel->second.fingerprint, channel->wants_all ? &channel->expected_all : nullptr,
              channel->loading == 0,       random_threshold(random, expected.parameters())};
    expected_batch.push_back(made);
    made.channel = channel->tested_id;
    made.all_matches = channel->wants_all ? &channel->tested_all : nullptr;
    tested_batch.push_back(made);
    taking_part.push_back(channel.get());
  }
  std::vector<tick_result> expected_results(expected_batch.size()),
      tested_results(tested_batch.size());
  expected.step(expected_batch, expected_results);
  tested.step(tested_batch, tested_results);
  for (std::size_t i = 0; i < taking_part.size(); ++i) {
    const std::vector<match> want{expected_results[i].best.begin(), expected_results[i].best.end()};
    const std::vector<match> got{tested_results[i].best.begin(), tested_results[i].best.end()};
    ASSERT_EQ(got, want) << "at " << taking_part[i]->second.time;
    ASSERT_EQ(tested_results[i].error, expected_results[i].error);
    ASSERT_EQ(tested_results[i].still, expected_results[i].still);
    ASSERT_EQ(taking_part[i]->tested_all.seen, taking_part[i]->expected_all.seen);
  }
}

void compare(const rule& by, const cpu_options& options, std::uint64_t seed, std::uint32_t ticks) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << " bits " << by.bits << " prefix "
                                  << by.prefix_bits << " run " << by.run << " hot share "
                                  << options.hot_share << " threads " << options.threads);
  std::mt19937_64 random{seed};
  const auto expected = make_reference_matcher(by).value();
  const auto tested = make_cpu_matcher(by, options).value();
  std::vector<std::unique_ptr<pair_of_channels>> channels;
  for (std::uint32_t i = 0; i < ticks; ++i) {
    if (channels.empty() || (channels.size() < 6 && random() % 64 == 0)) {
      channels.push_back(std::make_unique<pair_of_channels>(by, random_settings(by, random),
                                                            random(), *expected, *tested));
    } else if (channels.size() > 1 && random() % 128 == 0) {
      const auto gone = channels.begin() + static_cast<std::ptrdiff_t>(random() % channels.size());
      expected->remove_channel((*gone)->expected_id);
      tested->remove_channel((*gone)->tested_id);
      channels.erase(gone);
    }
    for (auto& channel : channels) {
      if (channel->loading == 0 && random() % 64 == 0) channel->loading = random() % 40;
      if (channel->loading > 0) --channel->loading;
    }
    ASSERT_NO_FATAL_FAILURE(step_channels(channels, *expected, *tested, random, 8)) << "tick " << i;
  }
}

struct named_kernel {
  std::string_view name;
  bool supported;
};

class CpuMatcher : public testing::TestWithParam<named_kernel> {
 protected:
  void SetUp() override {
    if (!GetParam().supported) GTEST_SKIP() << "this processor lacks " << GetParam().name;
  }
};

TEST_P(CpuMatcher, EqualsTheReferenceOnHostileContent) {
  const std::uint32_t hot_shares[] = {1, 4, 10, 1000};
  const std::uint64_t first = first_seed(1);
  for (std::uint64_t seed = first; seed < first + seeds_count(1000); ++seed) {
    const cpu_options options{GetParam().name, 1, hot_shares[seed % std::size(hot_shares)]};
    compare(rule{}, options, seed, 200);
    if (HasFatalFailure()) return;
  }
}

TEST_P(CpuMatcher, EqualsTheReferenceForEveryRule) {
  std::uint64_t seed = first_seed(1000);
  for (const std::uint32_t bits : {512u, 1024u, 2048u}) {
    for (const std::uint32_t prefix : {128u, 256u}) {
      for (const std::uint32_t run : {1u, 3u, 5u}) {
        for (std::uint64_t i = 0; i < seeds_count(20); ++i) {
          compare({bits, prefix, run}, {GetParam().name, 1, i % 2 == 0 ? 10u : 1000u}, ++seed, 150);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST_P(CpuMatcher, EqualsTheReferenceAtTheBoundsOfTheRule) {
  const rule edges[] = {{128, 64, 5}, {8192, 64, 5}, {8192, 8128, 2}, {192, 128, 4}};
  const std::uint64_t first = first_seed(2000);
  for (std::uint64_t seed = first; seed < first + seeds_count(3); ++seed) {
    for (const rule& by : edges) {
      compare(by, {GetParam().name, 1, 50}, seed, 80);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(CpuMatcher, EqualsTheReferenceWithWorkers) {
  const std::uint64_t first = first_seed(3000);
  for (std::uint64_t seed = first; seed < first + seeds_count(10); ++seed) {
    compare(rule{}, {GetParam().name, 3, 1000}, seed, 200);
    if (HasFatalFailure()) return;
  }
}

// A window as in production: loaded without a search, since the reference takes its time, then
// searched for a few seconds here and there, while the mark between the searches moves.
TEST_P(CpuMatcher, EqualsTheReferenceInALargeWindowThatFillsUp) {
  const std::uint64_t first = first_seed(4000);
  for (std::uint64_t seed = first; seed < first + seeds_count(2); ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    const search_settings settings{.window_seconds = 12'000, .threshold = 1};
    const auto expected = make_reference_matcher(rule{}).value();
    const auto tested = make_cpu_matcher(rule{}, {.kernel = GetParam().name, .threads = 1}).value();
    std::vector<std::unique_ptr<pair_of_channels>> channels;
    channels.push_back(
        std::make_unique<pair_of_channels>(rule{}, settings, random(), *expected, *tested));
    for (std::uint32_t i = 0; i < 14'000; ++i) {
      channels[0]->loading = i % 2'000 < 1'994 ? 1 : 0;
      channels[0]->content.hold_still(i % 5'000 > 2'500);
      ASSERT_NO_FATAL_FAILURE(step_channels(channels, *expected, *tested, random, 0)) << i;
    }
  }
}

// Enough channels that the workers share every batch.
TEST_P(CpuMatcher, EqualsTheReferenceInBatchesThatWorkersShare) {
  std::mt19937_64 random{first_seed(5000)};
  const auto expected = make_reference_matcher(rule{}).value();
  const auto tested =
      make_cpu_matcher(rule{}, {.kernel = GetParam().name, .threads = 4, .hot_share = 10}).value();
  std::vector<std::unique_ptr<pair_of_channels>> channels;
  for (int i = 0; i < 150; ++i) {
    const search_settings settings{.window_seconds = 40, .threshold = 0};
    channels.push_back(
        std::make_unique<pair_of_channels>(rule{}, settings, random(), *expected, *tested));
  }
  for (std::uint32_t i = 0; i < 60; ++i) {
    ASSERT_NO_FATAL_FAILURE(step_channels(channels, *expected, *tested, random, 8)) << i;
  }
}

std::vector<named_kernel> all_kernels() {
  std::vector<named_kernel> made;
  for (const agreement_kernel& kernel : agreement_kernels()) {
    made.push_back({kernel.name, kernel.supported});
  }
  return made;
}

INSTANTIATE_TEST_SUITE_P(EveryKernel, CpuMatcher, testing::ValuesIn(all_kernels()),
                         [](const auto& shown) { return std::string{shown.param.name}; });

}  // namespace
}  // namespace reprise
