#include "host/webhook_id.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

namespace reprise {
namespace {

constexpr search_settings usual{
    .window_seconds = 86'400, .top_k = 10, .min_lag_seconds = 1, .threshold = 2.5};

// Receivers keep these names: they may not change from one version to the next. The digits are
// those that sha256sum gives for the bytes that the header describes.
TEST(WebhookId, StaysWhatItIs) {
  EXPECT_EQ(webhook_id_of("bbc1", 1'700'000'300, {}, usual),
            "rpt_5c10d7983caeb8280630f53f98fda315");
}

TEST(WebhookId, DependsOnAllThatDecidesTheAnswer) {
  std::set<std::string> seen;
  const auto add = [&](std::string_view channel, std::int64_t time, const rule& by,
                       const search_settings& settings) {
    EXPECT_TRUE(seen.insert(webhook_id_of(channel, time, by, settings)).second);
  };
  const auto changed = [](auto member, auto value) {
    search_settings other = usual;
    other.*member = value;
    return other;
  };
  add("a", 1, {}, usual);
  add("b", 1, {}, usual);
  add("a", 2, {}, usual);
  add("a", -1, {}, usual);
  add("a", 1, {.bits = 2048}, usual);
  add("a", 1, {.prefix_bits = 128}, usual);
  add("a", 1, {.run = 4}, usual);
  add("a", 1, {}, changed(&search_settings::window_seconds, 60U));
  add("a", 1, {}, changed(&search_settings::top_k, 60U));
  add("a", 1, {}, changed(&search_settings::min_lag_seconds, 60U));
  add("a", 1, {}, changed(&search_settings::threshold, std::nextafter(2.5, 3.0)));
  add("a", 1, {}, changed(&search_settings::still, still_policy::skip));
}

TEST(WebhookId, IsTheSameForTheSame) {
  EXPECT_EQ(webhook_id_of("a", 1, {}, usual), webhook_id_of("a", 1, {}, usual));
}

}  // namespace
}  // namespace reprise
