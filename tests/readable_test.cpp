#include "host/readable.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

TEST(ReadableTime, IsUtcAndFallsBackToDigits) {
  EXPECT_EQ(readable_time(0), "1970-01-01 00:00:00");
  EXPECT_EQ(readable_time(1'709'210'096), "2024-02-29 12:34:56");
  EXPECT_EQ(readable_time(253'402'300'799), "9999-12-31 23:59:59");
  EXPECT_EQ(readable_time(253'402'300'800), "253402300800");
  EXPECT_EQ(readable_time(time_max), "9007199254740991");
}

TEST(ReadableLag, IsHoursMinutesAndSeconds) {
  EXPECT_EQ(readable_lag(1), "0:00:01");
  EXPECT_EQ(readable_lag(3'599), "0:59:59");
  EXPECT_EQ(readable_lag(86'400), "24:00:00");
  EXPECT_EQ(readable_lag(604'800), "168:00:00");
}

TEST(ReadableSimilarity, SaysHundredOfTheGreatestScoreAlone) {
  const rule usual;
  const std::uint32_t most = usual.agreement_max();
  const std::uint32_t best[5] = {most, most, most, most, most};
  const std::uint32_t next[5] = {most, most, most, most, most - 257};
  EXPECT_EQ(readable_similarity(match_score(best, 5), usual), "100.00%");
  EXPECT_EQ(readable_similarity(match_score(next, 5), usual), "99.98%");
  EXPECT_EQ(readable_similarity(1, usual), "0.00%");
}

}  // namespace
}  // namespace reprise
