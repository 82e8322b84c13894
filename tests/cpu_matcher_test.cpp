// What the CPU engine promises beyond equality with the reference: errors, ids, memory, no
// allocation.
#include "host/match/cpu_matcher.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "host/match/mapped_memory.hpp"
#include "tests/allocation_count.hpp"
#include "tests/hostile_content.hpp"

namespace reprise {
namespace {

using bits = std::vector<std::byte>;

std::unique_ptr<matcher> engine(cpu_options options = {.threads = 1}) {
  return make_cpu_matcher(rule{}, options).value();
}

tick_result step_one(matcher& stepped, channel_id id, std::int64_t time,
                     std::span<const std::byte> fingerprint) {
  const tick taken{id, time, fingerprint};
  tick_result taken_result;
  stepped.step({&taken, 1}, {&taken_result, 1});
  return taken_result;
}

// How much of it the system has handed out.
std::size_t resident_bytes(std::span<std::byte> memory) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((memory.size() + page - 1) / page);
  EXPECT_EQ(mincore(memory.data(), memory.size(), pages.data()), 0);
  const auto there = std::count_if(pages.begin(), pages.end(), [](auto each) { return each & 1; });
  return static_cast<std::size_t>(there) * page;
}

TEST(CpuMatcherMake, RefusesRulesAndKernelsThatItCannotServe) {
  EXPECT_EQ(make_cpu_matcher({1000, 256, 5}, {}).error(), errc::parameter_out_of_range);
  EXPECT_EQ(make_cpu_matcher({}, {.kernel = "mmx"}).error(), errc::kernel_unsupported);
  EXPECT_EQ(make_cpu_matcher({}, {.hot_share = 0}).error(), errc::parameter_out_of_range);
}

TEST(CpuMatcherChannels, AreRefusedOutsideTheBounds) {
  const auto tested = engine();
  EXPECT_EQ(tested->add_channel({.window_seconds = 0}).error(), errc::parameter_out_of_range);
  EXPECT_EQ(tested->add_channel({.top_k = 101}).error(), errc::parameter_out_of_range);
}

TEST(CpuMatcherChannels, AreNotReachedByTheIdOfARemovedOne) {
  const auto tested = engine();
  const channel_id first = tested->add_channel({.window_seconds = 10}).value();
  tested->remove_channel(first);
  tested->remove_channel(first);
  const channel_id second = tested->add_channel({.window_seconds = 10}).value();
  EXPECT_EQ(first.index, second.index);
  EXPECT_EQ(step_one(*tested, first, 5, {}).error, errc::channel_unknown);
  EXPECT_EQ(step_one(*tested, {77, 0}, 5, {}).error, errc::channel_unknown);
  EXPECT_FALSE(step_one(*tested, second, 5, {}).error);
  EXPECT_EQ(tested->channel_bytes(first), 0u);
}

TEST(CpuMatcherChannels, AreRefusedBeyondTheBudgetUntilOneGoes) {
  const auto budget = std::make_shared<memory_budget>(std::size_t{3} << 20);
  const auto tested = engine({.threads = 1, .budget = budget});
  std::vector<channel_id> added;
  for (;;) {
    const auto made = tested->add_channel({.window_seconds = 5000});
    if (!made) {
      EXPECT_EQ(made.error(), errc::host_memory);
      break;
    }
    added.push_back(*made);
    ASSERT_LT(added.size(), 10u);
  }
  ASSERT_GE(added.size(), 2u);
  EXPECT_TRUE(tested->add_channel({.window_seconds = 10}));
  tested->remove_channel(added[0]);
  EXPECT_TRUE(tested->add_channel({.window_seconds = 5000}));
}

TEST(CpuMatcherChannels, TakeOfTheBudgetWhatTheyCanComeTo) {
  const auto budget = std::make_shared<memory_budget>(std::size_t{1} << 30);
  const auto tested = engine({.threads = 1, .budget = budget});
  const channel_id id = tested->add_channel({.window_seconds = 5000}).value();
  const bits still(128);
  const std::size_t before = tested->channel_bytes(id);
  for (std::int64_t time = 1; time < 4000; ++time) {
    EXPECT_FALSE(step_one(*tested, id, time, still).error);
  }
  const std::size_t after = tested->channel_bytes(id);
  EXPECT_GT(after, before);
  EXPECT_NEAR(static_cast<double>(budget->bytes_used()), static_cast<double>(after), 100.0);
  tested->remove_channel(id);
  EXPECT_EQ(budget->bytes_used(), 0u);
}

TEST(CpuMatcherTick, RefusesTimesThatDoNotIncreaseAndLeavesTheChannelAsItWas) {
  const auto tested = engine();
  const channel_id id = tested->add_channel({.window_seconds = 100}).value();
  const bits still(128);
  for (std::int64_t time = 100; time < 108; ++time) {
    EXPECT_FALSE(step_one(*tested, id, time, still).error);
    EXPECT_EQ(step_one(*tested, id, time, still).error, errc::time_not_increasing);
    EXPECT_EQ(step_one(*tested, id, 50, still).error, errc::time_not_increasing);
    EXPECT_EQ(step_one(*tested, id, -1, still).error, errc::time_not_increasing);
    EXPECT_EQ(step_one(*tested, id, time_max + 1, still).error, errc::time_not_increasing);
  }
  const tick_result last = step_one(*tested, id, 108, still);
  EXPECT_EQ(last.best.size(), 3u);  // seconds 105, 106 and 107 have a whole run, too
  EXPECT_TRUE(last.still);
}

TEST(CpuMatcherTick, RefusesFingerprintsOfAnotherWidth) {
  const auto tested = engine();
  const channel_id id = tested->add_channel({.window_seconds = 100}).value();
  EXPECT_EQ(step_one(*tested, id, 1, bits(127)).error, errc::fingerprint_malformed);
  EXPECT_EQ(step_one(*tested, id, 1, bits(129)).error, errc::fingerprint_malformed);
  EXPECT_FALSE(step_one(*tested, id, 1, bits(128)).error);
}

TEST(CpuMatcherTick, WithAThresholdOfItsOwnIsSearchedByItAlone) {
  const auto tested = engine();
  const double below_max = threshold_of_similarity(1.0, rule{});
  const channel_id id = tested->add_channel({.window_seconds = 100, .threshold = 1e18}).value();
  const bits still(128);
  for (std::int64_t time = 1; time < 10; ++time) {
    EXPECT_TRUE(step_one(*tested, id, time, still).best.empty());
  }
  tick own{id, 10, still};
  own.threshold = below_max;
  tick_result answer;
  tested->step({&own, 1}, {&answer, 1});
  EXPECT_EQ(answer.best.size(), 4u);
  EXPECT_TRUE(step_one(*tested, id, 11, still).best.empty());
}

TEST(CpuMatcherTick, OfTheLastPossibleSecondIsTaken) {
  const auto tested = engine();
  const channel_id id = tested->add_channel({.window_seconds = 100}).value();
  EXPECT_FALSE(step_one(*tested, id, 0, bits(128)).error);
  EXPECT_FALSE(step_one(*tested, id, time_max, bits(128)).error);
}

TEST(CpuMatcherTick, AllocatesNothingAfterWarmUp) {
  const auto tested = engine();
  const channel_id id = tested->add_channel({.window_seconds = 200, .threshold = 0}).value();
  hostile_content content{rule{}, 200, 11};
  std::vector<made_second> seconds;
  seconds.reserve(4000);
  for (int i = 0; i < 4000; ++i) seconds.push_back(content.next());
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    if (i == seconds.size() / 4) before = allocation_count();
    ASSERT_FALSE(step_one(*tested, id, seconds[i].time, seconds[i].fingerprint).error);
  }
  EXPECT_EQ(allocation_count(), before);
}

TEST(CpuMatcherMemory, OfAChannelStaysBelowItsPromise) {
  const auto tested = engine();
  const channel_id id = tested->add_channel({}).value();
  EXPECT_LT(tested->channel_bytes(id), 14'000'000u);
  const bits still(128);
  for (std::int64_t time = 1; time < 10'000; ++time)
    static_cast<void>(step_one(*tested, id, time, still));
  EXPECT_GT(tested->channel_bytes(id), 14'000'000u) << "never became dense";
  EXPECT_LT(tested->channel_bytes(id), 16'000'000u);
}

TEST(CpuMatcherMemory, OfAChannelIsThereBeforeItsFirstTick) {
  const auto at_once = engine();
  EXPECT_TRUE(at_once->channel_memory(at_once->add_channel({}).value()).empty());

  const auto later = engine({.threads = 1, .populate = false});
  const channel_id id = later->add_channel({}).value();
  const std::span<std::byte> memory = later->channel_memory(id);
  EXPECT_GT(memory.size(), 13'000'000u);
  EXPECT_EQ(resident_bytes(memory), 0u) << "added without waiting for the system";
  const bits still(128);
  EXPECT_FALSE(step_one(*later, id, 1, still).error);
  EXPECT_FALSE(step_one(*later, id, 2, still).error);
  mapped_memory::populate(memory);
  EXPECT_GE(resident_bytes(memory), memory.size());
  for (std::int64_t time = 3; time < 7; ++time) {
    EXPECT_FALSE(step_one(*later, id, time, still).error);
  }
  EXPECT_EQ(step_one(*later, id, 7, still).best.size(), 1u) << "what it held is there still";
  later->remove_channel(id);
  EXPECT_TRUE(later->channel_memory(id).empty());
}

TEST(CpuMatcherMemory, OfPlanesIsHandedBackWhenNoPrefixHasBeenHotForLong) {
  const auto tested = engine();
  const channel_id id = tested->add_channel({.window_seconds = 100}).value();
  const std::size_t typical = tested->channel_bytes(id);
  const bits still(128);
  std::int64_t time = 1;
  for (; time < 100; ++time) static_cast<void>(step_one(*tested, id, time, still));
  EXPECT_GT(tested->channel_bytes(id), typical);
  for (; time < 1200; ++time) static_cast<void>(step_one(*tested, id, time, {}));
  EXPECT_EQ(tested->channel_bytes(id), typical);
}

}  // namespace
}  // namespace reprise
