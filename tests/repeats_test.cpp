// The repeat tracker: known answers by hand, and random match sets against an oracle that keeps the
// whole history and applies the header's words to it, tick by tick.
#include "host/repeats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

namespace reprise {
namespace {

constexpr std::int64_t back_dated = 4;  // R - 1

score_value greatest() {
  const std::uint32_t most = rule{}.agreement_max();
  const std::uint32_t agreements[5] = {most, most, most, most, most};
  return match_score(agreements, 5);
}

struct tracked_tick {
  std::int64_t time;
  std::map<std::uint32_t, score_value> matches;
  bool still = false;
};

std::vector<repeat> take(repeat_tracker& tracker, const tracked_tick& taken,
                         std::size_t piece = 1000) {
  tracker.begin_tick(taken.time);
  std::vector<match> matches, best;
  const bool all = !taken.still || tracker.wants_all_when_still();
  const auto watched = tracker.watched_lags();
  for (const auto& [lag, score] : taken.matches) {
    if (best.empty() || score > best.front().score) best.assign(1, {lag, score});
    if (all || std::binary_search(watched.begin(), watched.end(), lag)) {
      matches.push_back({lag, score});
    }
  }
  for (std::size_t i = 0; i < matches.size(); i += piece) {
    tracker.visit(std::span{matches}.subspan(i, std::min(piece, matches.size() - i)));
  }
  const auto closed = tracker.finish_tick({.best = best, .still = taken.still});
  return {closed.begin(), closed.end()};
}

std::vector<repeat> open_of(repeat_tracker& tracker) {
  const auto open = tracker.open_repeats();
  return {open.begin(), open.end()};
}

TEST(RepeatTracker, BackDatesByTheRunAndClosesAtTheFirstTickWithoutTheLag) {
  repeat_tracker tracker{rule{}, 2000};
  EXPECT_TRUE(take(tracker, {100, {{50, 7}}}).empty());
  EXPECT_TRUE(take(tracker, {101, {{50, 9}}}).empty());
  EXPECT_TRUE(take(tracker, {102, {{50, 8}}}).empty());
  const repeat expected{.start = 96, .end = 102, .lag_seconds = 50, .score = 9};
  EXPECT_EQ(take(tracker, {103, {}}), std::vector{expected});
  EXPECT_EQ(expected.source_start(), 46);
  EXPECT_EQ(expected.source_end(), 52);
  EXPECT_EQ(expected.seconds(), 7);
  EXPECT_TRUE(open_of(tracker).empty());
}

TEST(RepeatTracker, EndsARunAtAGapAndOpensANewOneBehindIt) {
  repeat_tracker tracker{rule{}, 2000};
  EXPECT_TRUE(take(tracker, {100, {{50, 7}}}).empty());
  const repeat before{.start = 96, .end = 100, .lag_seconds = 50, .score = 7};
  EXPECT_EQ(take(tracker, {102, {{50, 3}}}), std::vector{before});
  const repeat after{.start = 98, .end = 102, .lag_seconds = 50, .score = 3, .open = true};
  EXPECT_EQ(open_of(tracker), std::vector{after});
}

TEST(RepeatTracker, ForgetsATickThatWasBegunAndRefused) {
  repeat_tracker tracker{rule{}, 2000};
  EXPECT_TRUE(take(tracker, {100, {{50, 7}}}).empty());
  tracker.begin_tick(105);
  EXPECT_TRUE(take(tracker, {101, {{50, 7}}}).empty());
  const repeat open{.start = 96, .end = 101, .lag_seconds = 50, .score = 7, .open = true};
  EXPECT_EQ(open_of(tracker), std::vector{open});
}

TEST(RepeatTracker, MakesOneSegmentOfStillContent) {
  repeat_tracker tracker{rule{}, 2000};
  EXPECT_TRUE(take(tracker, {100, {}, true}).empty());
  EXPECT_TRUE(take(tracker, {101, {{1, greatest()}}, true}).empty());
  EXPECT_TRUE(take(tracker, {102, {{1, greatest()}, {2, greatest()}}, true}).empty());
  repeat still{repeat_kind::still, 97, 102, 1, greatest(), true};
  EXPECT_EQ(open_of(tracker), std::vector{still});
  still.open = false;
  EXPECT_EQ(take(tracker, {103, {}}), std::vector{still});
}

TEST(RepeatTracker, OpensARunThatOutlivesTheStillTicksWithItsTrueFirstTick) {
  repeat_tracker tracker{rule{}, 2000};
  EXPECT_TRUE(take(tracker, {101, {{60, greatest()}, {70, 5}}, true}).empty());
  EXPECT_TRUE(take(tracker, {102, {{60, greatest()}, {70, 9}}, true}).empty());
  const repeat still{repeat_kind::still, 97, 102, 60, greatest()};
  EXPECT_EQ(take(tracker, {103, {{60, 3}, {70, 4}, {80, 2}}}), std::vector{still});
  const std::vector<repeat> open{
      {.start = 97, .end = 103, .lag_seconds = 60, .score = greatest(), .open = true},
      {.start = 97, .end = 103, .lag_seconds = 70, .score = 4, .open = true},
      {.start = 99, .end = 103, .lag_seconds = 80, .score = 2, .open = true}};
  EXPECT_EQ(open_of(tracker), open);
}

TEST(RepeatTracker, KeepsARunThatWasOpenBeforeGoingThroughStillTicks) {
  repeat_tracker tracker{rule{}, 2000};
  EXPECT_TRUE(take(tracker, {100, {{60, 3}}}).empty());
  EXPECT_TRUE(take(tracker, {101, {{60, 4}}, true}).empty());
  EXPECT_EQ(take(tracker, {102, {{60, 2}}}),
            (std::vector{repeat{repeat_kind::still, 97, 101, 60, 4}}));
  const repeat closed{.start = 96, .end = 102, .lag_seconds = 60, .score = 4};
  EXPECT_EQ(take(tracker, {103, {}}), std::vector{closed});
}

TEST(RepeatTracker, KeepsTheBestAndCountsTheOthersOnce) {
  repeat_tracker tracker{rule{}, 2000};
  tracked_tick many{100, {}};
  for (std::uint32_t lag = 1; lag <= repeats_open_max + 10; ++lag) many.matches[lag] = 5;
  EXPECT_TRUE(take(tracker, many).empty());
  EXPECT_EQ(tracker.dropped(), 10u);
  EXPECT_EQ(open_of(tracker).back().lag_seconds, repeats_open_max);
  many.time = 101;
  many.matches[1000] = 6;  // the best, so that lag 256 must go
  many.matches[1001] = 4;
  EXPECT_TRUE(take(tracker, many).empty());
  EXPECT_EQ(tracker.dropped(), 12u);
  EXPECT_EQ(open_of(tracker).size(), repeats_open_max);
  EXPECT_EQ(open_of(tracker).back().lag_seconds, 1000u);
  many.time = 102;
  many.matches.erase(3);  // room again, and yet no run that is out comes in before it ends
  EXPECT_EQ(take(tracker, many).size(), 1u);
  EXPECT_EQ(open_of(tracker).size(), repeats_open_max - 1);
  EXPECT_EQ(tracker.dropped(), 12u);
}

// Applies the header's words to a history of all ticks, without any shortcut.
class oracle {
 public:
  std::vector<repeat> take(const tracked_tick& taken) {
    std::vector<repeat> closed;
    ticks_[taken.time] = taken;
    still_ticks_ = !taken.still ? 0 : follows(taken.time) ? still_ticks_ + 1 : 1;
    if (still_ticks_ > still_followed_seconds_max) {
      std::erase_if(ticks_[taken.time].matches,
                    [this](const auto& matched) { return !open_.contains(matched.first); });
    }
    for (auto open = open_.begin(); open != open_.end();) {
      if (matches(open->first, taken.time) && follows(taken.time)) {
        open->second.end = taken.time;
        open->second.score = std::max(open->second.score, taken.matches.at(open->first));
        ++open;
      } else {
        closed.push_back(open->second);
        closed.back().open = false;
        open = open_.erase(open);
      }
    }
    if (!taken.still) open_new(taken);
    if (still_ && !(taken.still && !taken.matches.empty() && follows(taken.time))) {
      closed.push_back(*still_);
      closed.back().open = false;
      still_.reset();
    }
    if (taken.still && !taken.matches.empty()) extend_still(taken);
    return closed;
  }

  std::vector<repeat> open() const {
    std::vector<repeat> all;
    for (const auto& [lag, open] : open_) all.push_back(open);
    if (still_) all.push_back(*still_);
    return all;
  }
  std::uint64_t dropped = 0;

 private:
  bool follows(std::int64_t time) const { return ticks_.contains(time - 1); }
  bool matches(std::uint32_t lag, std::int64_t time) const {
    const auto found = ticks_.find(time);
    return found != ticks_.end() && found->second.matches.contains(lag);
  }

  void open_new(const tracked_tick& taken) {
    for (const auto& [lag, score] : taken.matches) {
      std::int64_t first = taken.time;
      while (matches(lag, first - 1)) --first;
      bool in_still_ticks_before = true;
      score_value best = score;
      for (std::int64_t time = first; time < taken.time; ++time) {
        in_still_ticks_before = in_still_ticks_before && ticks_.at(time).still;
        if (ticks_.at(time).matches.at(lag) == greatest()) best = greatest();
      }
      if (!in_still_ticks_before) continue;  // it was opened before, or dropped
      open_[lag] = {.start = first - back_dated,
                    .end = taken.time,
                    .lag_seconds = lag,
                    .score = best,
                    .open = true};
    }
    while (open_.size() > repeats_open_max) {
      const auto worst = std::min_element(open_.begin(), open_.end(), [](auto& a, auto& b) {
        return a.second.score != b.second.score ? a.second.score < b.second.score
                                                : a.first > b.first;
      });
      open_.erase(worst);
      ++dropped;
    }
  }

  void extend_still(const tracked_tick& taken) {
    if (!still_) still_ = repeat{repeat_kind::still, taken.time - back_dated, 0, 0, 0, true};
    still_->end = taken.time;
    const auto best =
        std::max_element(taken.matches.begin(), taken.matches.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    still_->lag_seconds = best->first;
    still_->score = std::max(still_->score, best->second);
  }

  std::int64_t still_ticks_ = 0;  // in a row
  std::map<std::int64_t, tracked_tick> ticks_;
  std::map<std::uint32_t, repeat> open_;
  std::optional<repeat> still_;
};

// Runs of random lags come and go with random scores; the still state changes now and then, and a
// tick in thirty is a gap.
void compare_with_oracle(std::uint64_t seed, std::uint32_t lag_max, unsigned ticks) {
  std::mt19937_64 random{seed};
  const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
  repeat_tracker tracker{rule{}, 2000};
  oracle expected;
  std::set<std::uint32_t> live;
  bool still = false;
  unsigned held = 0;  // ticks that a long still passage goes on, with few gaps and changes
  std::int64_t time = 1000;
  for (unsigned i = 0; i < ticks; ++i, ++time) {
    if (held == 0 && one_in(60)) held = 50 + static_cast<unsigned>(random() % 30);
    if (held > 0) --held;
    if (one_in(held > 0 ? 500 : 30)) time += 1 + static_cast<std::int64_t>(random() % 3);
    still = held > 0 || (one_in(6) ? !still : still);
    const bool flood = one_in(12);
    for (std::uint32_t lag = 1; lag <= lag_max; ++lag) {
      if (live.contains(lag) ? one_in(held > 0 ? 100 : 5) : flood || one_in(15)) {
        live.contains(lag) ? (void)live.erase(lag) : (void)live.insert(lag);
      }
    }
    if (held == 0 && one_in(20)) live.clear();
    tracked_tick taken{time, {}, still};
    for (const std::uint32_t lag : live) {
      taken.matches[lag] = one_in(3) ? greatest() : 1 + random() % 6;
    }
    ASSERT_EQ(take(tracker, taken, 1 + random() % 50), expected.take(taken))
        << "seed " << seed << ", tick " << i;
    ASSERT_EQ(open_of(tracker), expected.open()) << "seed " << seed << ", tick " << i;
    ASSERT_EQ(tracker.dropped(), expected.dropped) << "seed " << seed << ", tick " << i;
  }
}

TEST(RepeatTracker, AgreesWithTheOracleOverRandomMatches) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) compare_with_oracle(seed, 12, 400);
}

TEST(RepeatTracker, AgreesWithTheOracleWhereMoreAreOpenThanHavePlaces) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    compare_with_oracle(seed, 2 * repeats_open_max, 60);
  }
}

TEST(AppendRepeatLine, WritesCompactJsonWithTheKindOfStillContentAlone) {
  std::string line;
  append_repeat_line(
      line, "bbc1",
      {.start = 96, .end = 102, .lag_seconds = 50, .score = score_value{3} << 49, .open = true},
      rule{});
  EXPECT_EQ(line,
            "{\"channel\":\"bbc1\",\"start\":96,\"end\":102,\"source_start\":46,\"source_end\":52,"
            "\"lag\":50,\"seconds\":7,\"score\":1.5,\"open\":true}\n");
  line.clear();
  append_repeat_line(line, "a", {repeat_kind::still, 97, 102, 1, greatest(), false}, rule{});
  const auto parsed = nlohmann::json::parse(line);
  EXPECT_EQ(parsed["kind"], "still");
  EXPECT_EQ(parsed["open"], false);
  EXPECT_EQ(parsed["score"].get<double>(), 25580085241547.47);
}

}  // namespace
}  // namespace reprise
