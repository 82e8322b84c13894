#include "host/live_engine.hpp"

#include <gtest/gtest.h>

#include "host/match/cpu_matcher.hpp"
#include "tests/service_support.hpp"

namespace reprise {
namespace {

const search_settings searched{.window_seconds = 200, .threshold = 1};

live_engine make_engine() {
  return live_engine{make_cpu_matcher(rule{}, {.threads = 1}).value()};
}

passage passage_of(engine_slot slot, const std::map<std::int64_t, fingerprint>& seconds) {
  passage made;
  for (const auto& [time, bits] : seconds) {
    made.add({1, time, gap_reason::none, bits}, {.slot = slot});
  }
  return made;
}

TEST(LiveEngine, StepsManyTicksOfASlotInOrder) {
  const auto content = make_broadcast(3, 200, world_begin, 300);
  live_engine tested = make_engine();
  ASSERT_FALSE(tested.add(1, searched));
  passage stepped = passage_of(1, content);
  tested.step(stepped);
  const auto expected = scan_seconds(content, searched);
  std::size_t matching = 0;
  for (std::size_t i = 0; i < stepped.ticks.size(); ++i) {
    ASSERT_FALSE(stepped.answers[i].error);
    if (stepped.answers[i].best.empty()) continue;
    ++matching;
    EXPECT_EQ(stepped.answers[i].best, expected.matches.at(stepped.ticks[i].time));
  }
  EXPECT_EQ(matching, expected.matches.size());
}

TEST(LiveEngine, TellsEachRepeatOnceWhenItOpensAndOnceWhenItCloses) {
  const auto content = make_broadcast(4, 200, world_begin, 400);
  live_engine tested = make_engine();
  ASSERT_FALSE(tested.add(1, searched));
  passage stepped = passage_of(1, content);
  tested.step(stepped);
  std::map<std::tuple<repeat_kind, std::int64_t, std::uint32_t>, int> open;
  std::size_t closed = 0;
  const auto key = [](const repeat& of) {
    return std::tuple{of.kind, of.start, of.kind == repeat_kind::still ? 0 : of.lag_seconds};
  };
  for (const engine_answer& answer : stepped.answers) {
    for (const repeat& each : answer.opened) EXPECT_EQ(++open[key(each)], 1);
    for (const repeat& each : answer.closed) EXPECT_EQ(--open[key(each)], 0);
    closed += answer.closed.size();
  }
  EXPECT_GT(closed, 0u);
  std::size_t left = 0;
  for (const auto& [of, count] : open) left += static_cast<std::size_t>(count);
  EXPECT_EQ(left, tested.open_repeats(1).size());
}

TEST(LiveEngine, RefusesTicksThatDoNotIncreaseAndSlotsThatItLacks) {
  live_engine tested = make_engine();
  ASSERT_FALSE(tested.add(1, searched));
  passage stepped;
  stepped.add({1, 20, gap_reason::none, {}}, {.slot = 1});
  stepped.add({1, 20, gap_reason::none, {}}, {.slot = 1});
  stepped.add({1, 21, gap_reason::none, {}}, {.slot = 2});
  stepped.add({1, 21, gap_reason::none, {}}, {.slot = no_slot});
  stepped.add({1, 21, gap_reason::none, {}}, {.slot = 1});
  tested.step(stepped);
  EXPECT_FALSE(stepped.answers[0].error);
  EXPECT_EQ(stepped.answers[1].error, errc::time_not_increasing);
  EXPECT_EQ(stepped.answers[2].error, errc::channel_unknown);
  EXPECT_FALSE(stepped.answers[3].error);
  EXPECT_FALSE(stepped.answers[4].error);
  EXPECT_EQ(stepped.answers[4].searchable_seconds, 1);
}

TEST(LiveEngine, CountsTheSecondsThatCanBeSearched) {
  live_engine tested = make_engine();
  ASSERT_FALSE(tested.add(1, {.window_seconds = 10, .threshold = 1}));
  std::vector<recorded_second> loaded;
  for (std::int64_t time = 100; time < 108; ++time) loaded.push_back({time, {}});
  EXPECT_EQ(tested.load(1, loaded).value(), 7);
  EXPECT_EQ(tested.load(1, std::vector<recorded_second>{{109, {}}, {110, {}}}).value(), 8);
  EXPECT_EQ(tested.load(1, std::vector<recorded_second>{{113, {}}}).value(), 5);
  EXPECT_EQ(tested.load(1, std::vector<recorded_second>{{500, {}}, {501, {}}}).value(), 1);
}

TEST(LiveEngine, EndsTheRepeatsOfOtherSettings) {
  live_engine tested = make_engine();
  ASSERT_FALSE(tested.add(1, searched));
  ASSERT_FALSE(tested.add(2, searched));
  search_settings wider = searched;
  wider.window_seconds = 300;
  ASSERT_FALSE(tested.add(3, wider));
  passage still;
  for (std::int64_t time = 100; time < 120; ++time) {
    still.add({1, time, gap_reason::none, {}}, {.slot = 1});
  }
  tested.step(still);
  ASSERT_EQ(tested.open_repeats(1).size(), 1u);
  EXPECT_TRUE(tested.move_repeats(1, 2).empty());
  EXPECT_EQ(tested.open_repeats(2).size(), 1u);
  const auto ended = tested.move_repeats(2, 3);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_FALSE(ended[0].open);
  EXPECT_TRUE(tested.open_repeats(3).empty());
  tested.remove(1);
  EXPECT_EQ(tested.slots(), 2u);
}

}  // namespace
}  // namespace reprise
