#include "net/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace reprise {
namespace {

// 1994-11-06 08:49:37 UTC, the date of RFC 9110's examples.
constexpr std::int64_t example = 784'111'777;

std::optional<std::int64_t> parsed(std::string_view text, std::int64_t now = example - 100) {
  const auto read = parse_retry_after(text, start_of_tick(now));
  if (!read) return {};
  return read->count();
}

TEST(RetryAfter, ReadsWholeSeconds) {
  EXPECT_EQ(parsed("0"), 0);
  EXPECT_EQ(parsed("120"), 120);
  EXPECT_EQ(parsed(std::string(60, '9')), 3'153'600'000);
}

TEST(RetryAfter, ReadsTheThreeFormsOfADate) {
  EXPECT_EQ(parsed("Sun, 06 Nov 1994 08:49:37 GMT"), 100);
  EXPECT_EQ(parsed("Sunday, 06-Nov-94 08:49:37 GMT"), 100);
  EXPECT_EQ(parsed("Sun Nov  6 08:49:37 1994"), 100);
}

TEST(RetryAfter, IsNowForADateThatHasPassed) {
  EXPECT_EQ(parsed("Sun, 06 Nov 1994 08:49:37 GMT", example + 5), 0);
}

TEST(RetryAfter, IsAtMostAHundredYearsHoweverFarTheDateIs) {
  EXPECT_EQ(parsed("Fri, 31 Dec 9999 23:59:59 GMT"), 3'153'600'000);
  EXPECT_EQ(parsed("Sat, 31 Dec 2400 23:59:59 GMT"), 3'153'600'000);
}

TEST(RetryAfter, RefusesWhatIsNeither) {
  for (const char* text :
       {"", " ", "-1", "+1", "1.5", "1 s", "soon", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT and more"}) {
    EXPECT_EQ(parsed(text), std::nullopt) << text;
  }
  EXPECT_EQ(parsed(std::string(100'000, 'S')), std::nullopt);
}

}  // namespace
}  // namespace reprise
