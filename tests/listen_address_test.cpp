#include "net/listen_address.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

TEST(ListenAddress, IsANumberAndAPort) {
  for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[::]:1"}) {
    const auto parsed = parse_listen_address(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(to_text(*parsed), text);
  }
}

TEST(ListenAddress, IsNothingElse) {
  for (const char* text : {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-0", "127.0.0.1:+1", "127.0.0.1:0x1", "127.0.0.1:1 ",
                           " 127.0.0.1:1", "127.1:80", "2130706433:80", "localhost:80", "::1:80",
                           "[127.0.0.1]:80", "[::1]", "[::1:80", "http://127.0.0.1:80"}) {
    const auto parsed = parse_listen_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, errc::configuration_invalid);
  }
}

TEST(ListenAddress, TakesAMappedAddressForWhatItIs) {
  EXPECT_EQ(unmapped(net::ip::make_address("::ffff:127.0.0.1")).to_string(), "127.0.0.1");
  EXPECT_EQ(unmapped(net::ip::make_address("::1")).to_string(), "::1");
  EXPECT_EQ(unmapped(net::ip::make_address("10.0.0.1")).to_string(), "10.0.0.1");
}

}  // namespace
}  // namespace reprise
