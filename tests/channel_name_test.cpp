#include "host/channel_name.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

TEST(IsChannelName, TakesThePatternAlone) {
  for (const char* good : {"a", "0", "bbc1", "A.b_c-9"}) EXPECT_TRUE(is_channel_name(good)) << good;
  EXPECT_TRUE(is_channel_name(std::string(64, 'x')));
  EXPECT_FALSE(is_channel_name(std::string(65, 'x')));
  for (const char* bad : {"", ".a", "_a", "-a", "a b", "a/b", "a\n", "\xc3\xa9", "a\"", "a:"}) {
    EXPECT_FALSE(is_channel_name(bad)) << bad;
  }
}

TEST(ChannelNameOf, IsTheStemMadeIntoAName) {
  EXPECT_EQ(channel_name_of("-"), "stdin");
  EXPECT_EQ(channel_name_of("/a/b/news.ndjson"), "news");
  EXPECT_EQ(channel_name_of("news.2024.bin"), "news.2024");
  EXPECT_EQ(channel_name_of("./a b\tc.bin"), "a_b_c");
  EXPECT_EQ(channel_name_of("-x.bin"), "x");
  EXPECT_EQ(channel_name_of("\xc3\xa9t\xc3\xa9.bin"), "t__");
  EXPECT_EQ(channel_name_of("a/"), "recording");
  EXPECT_EQ(channel_name_of("___"), "recording");
  EXPECT_EQ(channel_name_of(std::string(200, 'x')), std::string(64, 'x'));
}

}  // namespace
}  // namespace reprise
