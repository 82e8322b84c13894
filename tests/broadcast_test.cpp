#include "net/simulate/broadcast.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <set>
#include <tuple>

#include "host/match/reference_matcher.hpp"

namespace reprise::simulate {
namespace {

constexpr std::int64_t begin = 1'700'000'000;

TEST(Broadcast, ShowsTheSameForTheSameSeedAndElseSomethingElse) {
  const broadcast one{{.seed = 7}}, same{{.seed = 7}}, other{{.seed = 8}};
  std::size_t differing = 0;
  for (std::int64_t t = begin; t < begin + 100; ++t) {
    EXPECT_EQ(one.at(3, t), same.at(3, t)) << t;
    differing += one.at(3, t) != other.at(3, t) && one.at(3, t) != one.at(4, t) ? 1 : 0;
  }
  EXPECT_GT(differing, 90U);
}

// Backwards and in strides the seconds are those of a walk: nothing is carried from one to the
// next.
TEST(Broadcast, GivesAnySecondWithoutThoseBeforeIt) {
  const broadcast walked{{.seed = 3}}, jumped{{.seed = 3}};
  std::map<std::int64_t, std::optional<fingerprint>> seen;
  for (std::int64_t t = begin; t < begin + 499; ++t) seen[t] = walked.at(1, t);
  for (std::int64_t i = 498; i >= 0; --i) {
    const std::int64_t t = begin + i * 100 % 499;
    EXPECT_EQ(jumped.at(1, t), seen[t]) << t;
  }
}

struct found_matches {
  std::size_t ticks = 0;              // with a match at a lag of at least 18 s
  std::optional<std::int64_t> first;  // seconds from the beginning
  std::set<std::uint32_t> lags;
};

found_matches search(const broadcast& shown, std::uint32_t channel, std::int64_t from,
                     std::int64_t seconds, double similarity) {
  auto engine = make_reference_matcher(rule{});
  search_settings settings;
  settings.threshold = threshold_of_similarity(similarity, rule{});
  settings.window_seconds = 600;
  settings.min_lag_seconds = 18;
  const auto added = (*engine)->add_channel(settings);
  found_matches found;
  for (std::int64_t t = from; t < from + seconds; ++t) {
    const auto bits = shown.at(channel, t);
    if (!bits) continue;
    const tick asked[] = {{.channel = *added, .time = t, .fingerprint = *bits}};
    tick_result answer[1];
    (*engine)->step(asked, answer);
    if (answer[0].best.empty()) continue;
    ++found.ticks;
    if (!found.first) found.first = t - from;
    for (const match& one : answer[0].best) found.lags.insert(one.lag_seconds);
  }
  return found;
}

TEST(Broadcast, RepeatsClipsSoThatEveryChannelIsReportedWithinAMinute) {
  const broadcast shown{{.seed = 11}};
  for (std::uint32_t channel = 0; channel < 20; ++channel) {
    const auto found = search(shown, channel, begin + channel * 5, 60, 0.8);
    ASSERT_TRUE(found.first) << channel;
    EXPECT_LT(*found.first, 60);
  }
}

TEST(Broadcast, RepeatsClipsMinutesLaterToo) {
  const auto found = search(broadcast{{.seed = 11}}, 0, begin, 600, 0.8);
  EXPECT_GT(found.ticks, 60U);
  EXPECT_TRUE(found.lags.contains(18));
  EXPECT_GT(*found.lags.rbegin(), 120U);
}

TEST(Broadcast, AddsNoiseThatAStricterSearchSees) {
  const broadcast clean{{.seed = 5, .noise_bits_max = 0}}, noisy{{.seed = 5}};
  EXPECT_LT(search(noisy, 0, begin, 200, 0.999).ticks, search(clean, 0, begin, 200, 0.999).ticks);
}

TEST(Broadcast, HasStillPicturesLoopsAndGaps) {
  const broadcast shown{{.seed = 2, .noise_bits_max = 0}};
  std::size_t gaps = 0, still = 0, looped = 0;
  for (std::int64_t t = begin; t < begin + 2'000; ++t) {
    const auto bits = shown.at(0, t);
    if (!bits) ++gaps;
    if (bits && bits == shown.at(0, t - 1)) ++still;
    if (bits && bits == shown.at(0, t - 3) && bits != shown.at(0, t - 1)) ++looped;
  }
  EXPECT_GT(gaps, 5U);
  EXPECT_GT(still, 30U);
  EXPECT_GT(looped, 20U);
}

TEST(Broadcast, PlaysARecordingOverAndOverFromAPlaceOfEachChannel) {
  played_recording played(10);
  for (std::size_t i = 0; i < played.size(); ++i) {
    if (i != 4) played[i] = fingerprint{static_cast<std::byte>(i)};
  }
  const broadcast shown{{.seed = 1, .recordings = {played}}};
  std::set<std::optional<fingerprint>> places;
  for (std::uint32_t channel = 0; channel < 30; ++channel) {
    places.insert(shown.at(channel, begin));
    std::size_t gaps = 0;
    for (std::int64_t t = begin; t < begin + 10; ++t) {
      gaps += shown.at(channel, t) ? 0 : 1;
      EXPECT_EQ(shown.at(channel, t), shown.at(channel, t + 10));
    }
    EXPECT_EQ(gaps, 1U);
  }
  EXPECT_GT(places.size(), 5U);
}

}  // namespace
}  // namespace reprise::simulate
