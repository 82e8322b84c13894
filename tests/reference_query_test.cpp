// A query over a span of seconds against the reference engine that has taken them one by one: the
// same matches, order and still flag, whatever the content, the rule and the settings.
#include <gtest/gtest.h>

#include "host/match/reference_matcher.hpp"
#include "host/match/reference_query.hpp"
#include "tests/matcher_comparison.hpp"

namespace reprise {
namespace {

struct taken_second {
  std::int64_t time;
  std::vector<std::byte> bits;
};

// The answer to the newest of the seconds, from those alone that count; found in two slices.
void expect_same(const rule& by, const search_settings& settings,
                 const std::vector<taken_second>& taken, const tick_result& expected) {
  const std::int64_t t = taken.back().time;
  const std::int64_t first = t - settings.window_seconds - by.run;
  change_span span{by, settings.still, first, t};
  for (const taken_second& each : taken) {
    if (each.time >= first && !each.bits.empty()) span.add(each.time, each.bits);
  }
  const score_value limit = score_limit(settings.threshold, by);
  const std::uint32_t middle = (settings.min_lag_seconds + settings.window_seconds) / 2;
  std::vector<match> best;
  find_matches(span, by, t, {settings.min_lag_seconds, middle}, limit, best);
  keep_best(best, settings.top_k);
  find_matches(span, by, t, {middle + 1, settings.window_seconds}, limit, best);
  keep_best(best, settings.top_k);
  ASSERT_EQ(best, (std::vector<match>{expected.best.begin(), expected.best.end()}));
  ASSERT_EQ(is_still_at(span, by, t), expected.still);
}

TEST(ReferenceQuery, EqualsTheReferenceEngineThatTookTheSecondsOneByOne) {
  const rule rules[] = {rule{}, {512, 128, 1}, {1024, 256, 3}, {128, 64, 5}};
  const std::uint64_t first = first_seed(1);
  std::size_t matches = 0;
  const std::uint64_t seeds = seeds_count(24);
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const rule& by = rules[seed % std::size(rules)];
    std::mt19937_64 random{seed};
    search_settings settings;
    settings.window_seconds = 20 + static_cast<std::uint32_t>(random() % 100);
    settings.min_lag_seconds = 1 + static_cast<std::uint32_t>(random() % 5);
    settings.top_k = 1 + static_cast<std::uint32_t>(random() % 10);
    settings.still = seed % 2 == 0 ? still_policy::match : still_policy::skip;
    const auto engine = make_reference_matcher(by).value();
    const channel_id id = engine->add_channel(settings).value();
    hostile_content content{by, settings.window_seconds, seed};
    std::vector<taken_second> taken;
    for (int i = 0; i < 250; ++i) {
      made_second second = content.next();
      const tick given{id, second.time, second.fingerprint};
      tick_result answer;
      engine->step({&given, 1}, {&answer, 1});
      ASSERT_FALSE(answer.error);
      taken.push_back({second.time, std::move(second.fingerprint)});
      matches += answer.best.size();
      expect_same(by, settings, taken, answer);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(matches, 40 * seeds);
}

TEST(ReferenceQuery, KnowsNoSecondOutsideItsSpan) {
  change_span span{rule{}, still_policy::match, 100, 102};
  const std::vector<std::byte> bits(rule{}.bytes(), std::byte{1});
  for (std::int64_t time = 100; time <= 102; ++time) span.add(time, bits);
  EXPECT_EQ(span.find(99), nullptr);
  EXPECT_EQ(span.find(100), nullptr);  // what came before it is not known
  EXPECT_NE(span.find(101), nullptr);
  EXPECT_NE(span.find(102), nullptr);
  EXPECT_EQ(span.find(103), nullptr);
}

}  // namespace
}  // namespace reprise
