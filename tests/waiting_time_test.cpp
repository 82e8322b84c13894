#include "host/waiting_time.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

using namespace std::chrono_literals;

TEST(WaitingTime, IsOverWhenItsSlicesAddUpToTheLimit) {
  waiting_time waited{450ms};
  EXPECT_EQ(waited.slice(), 200ms);
  waited.count(200ms);
  waited.count(150ms);
  EXPECT_EQ(waited.slice(), 100ms);
  EXPECT_FALSE(waited.is_over());
  waited.count(100ms);
  EXPECT_TRUE(waited.is_over());
  EXPECT_EQ(waited.slice(), 0ms);
}

TEST(WaitingTime, CountsAStopOfAnHourAsOneSlice) {
  waiting_time waited{1s};
  waited.count(1h);
  EXPECT_FALSE(waited.is_over());
  for (int slice = 0; slice < 4; ++slice) {
    EXPECT_FALSE(waited.is_over());
    waited.count(wait_slice_max);
  }
  EXPECT_TRUE(waited.is_over());
}

}  // namespace
}  // namespace reprise
