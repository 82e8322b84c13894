#include "host/progress_line.hpp"

#include <gtest/gtest.h>

#include "tests/recording_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

TEST(ProgressText, ShowsThePartWhereTheLengthIsKnown) {
  EXPECT_EQ(progress_text({50, 200, 36'288}, 2s), "reprise: 25%, 36288 s of recording, 18144 s/s");
  EXPECT_EQ(progress_text({300, 200, 1}, 0s), "reprise: 100%, 1 s of recording, 0 s/s");
  EXPECT_EQ(progress_text({50, {}, 10}, 4s), "reprise: 10 s of recording, 2 s/s");
  EXPECT_EQ(progress_text({50, {}, 10, read_events}, 4s), "reprise: 10 events, 2 events/s");
}

TEST(ProgressLine, RedrawsFiveTimesASecondAtMostAndClearsItself) {
  std::string drawn;
  memory_sink terminal{drawn};
  const progress_line::time_point start{};
  progress_line line{terminal, true, start};
  line.clear();
  for (auto taken = 0ms; taken <= 1000ms; taken += 10ms) line.update({}, start + taken);
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\r'), 5);
  line.clear();
  line.clear();
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\r'), 6);
  EXPECT_TRUE(drawn.ends_with("\r\x1b[K"));
}

TEST(ProgressLine, DrawsNothingUnlessItIsShown) {
  std::string drawn;
  memory_sink terminal{drawn};
  progress_line line{terminal, false, {}};
  line.update({}, progress_line::time_point{1h});
  line.clear();
  EXPECT_EQ(drawn, "");
}

}  // namespace
}  // namespace reprise
