#include "net/listen_address.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

TEST(ListenAddress, IsAnAddressAndAPort) {
  const auto v4 = parse_listen_address("0.0.0.0:80");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->address, "0.0.0.0");
  EXPECT_EQ(v4->port, 80);
  EXPECT_FALSE(v4->loopback);
  const auto v6 = parse_listen_address("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->address, "::1");
  EXPECT_TRUE(v6->loopback);
}

TEST(ListenAddress, KnowsLoopbackInItsDisguises) {
  EXPECT_TRUE(parse_listen_address("127.9.9.9:1")->loopback);
  EXPECT_TRUE(parse_listen_address("[::ffff:127.0.0.1]:1")->loopback);
  EXPECT_FALSE(parse_listen_address("[::]:1")->loopback);
  EXPECT_FALSE(parse_listen_address("[::ffff:10.0.0.1]:1")->loopback);
}

TEST(ListenAddress, RefusesEverythingElse) {
  for (const char* text : {"", ":", "8080", ":8080", "localhost:80", "127.0.0.1", "127.0.0.1:",
                           "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:-0", "127.0.0.1:8o",
                           "::1:80", "[127.0.0.1]:80", "[::1]", "127.1:80", "[]:80", "]:80"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

}  // namespace
}  // namespace reprise
