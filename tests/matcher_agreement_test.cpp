// Every CPU engine against the reference, exactly: the same content goes to both, tick by tick, and
// the best matches, all matches, the order and the still flag must be equal. Content, rules,
// settings and the coming and going of channels are drawn from a seed that a failure prints.
// REPRISE_TEST_SEEDS makes it a long run.
#include <gtest/gtest.h>

#include "host/match/agreement_kernels.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "tests/matcher_comparison.hpp"

namespace reprise {
namespace {

void compare(const rule& by, const cpu_options& options, std::uint64_t seed, std::uint32_t ticks) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << " bits " << by.bits << " prefix "
                                  << by.prefix_bits << " run " << by.run << " hot share "
                                  << options.hot_share << " threads " << options.threads);
  const auto expected = make_reference_matcher(by).value();
  const auto tested = make_cpu_matcher(by, options).value();
  compare_engines(*expected, *tested, seed, ticks);
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
    compared_channels channels;
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
  compared_channels channels;
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
