#include "net/egress_guard.hpp"

#include <gtest/gtest.h>

#include "net/name_lookup.hpp"
#include "net/url.hpp"

namespace reprise {
namespace {

net::ip::address address(const std::string& text) {
  return net::ip::make_address(text);
}

std::string judged(const std::string& text, const egress_guard& guard = {}) {
  return std::string{guard.judge(address(text))};
}

egress_guard allowing(const std::vector<std::string>& networks) {
  return egress_guard::make(networks).value();
}

// "::/0" is all of IPv6, written by who wants no IPv4 address at all.
TEST(EgressGuard, AllowsIpv4AddressesByNetworksOfIpv4Alone) {
  const egress_guard wide = allowing({"::/0"});
  EXPECT_EQ(judged("::1", wide), "");
  EXPECT_EQ(judged("fe80::1", wide), "");
  EXPECT_EQ(judged("127.0.0.1", wide), "127.0.0.0/8");
  EXPECT_EQ(judged("::ffff:10.0.0.1", wide), "10.0.0.0/8");
  EXPECT_EQ(judged("127.0.0.1", allowing({"0.0.0.0/0"})), "");
  EXPECT_EQ(judged("127.0.0.1", allowing({"::ffff:127.0.0.0/104"})), "");
  EXPECT_EQ(judged("::1", allowing({"0.0.0.0/0"})), "::1/128");
}

struct edges {
  const char* block;
  const char* before;  // the last address before it, where that is not denied by another block
  const char* first;
  const char* last;
  const char* after;
};

constexpr edges all_edges[] = {
    {"0.0.0.0/8", nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"10.0.0.0/8", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.64.0.0/10", "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"127.0.0.0/8", "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"169.254.0.0/16", "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.16.0.0/12", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"192.0.0.0/24", "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.0.2.0/24", "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
    {"192.88.99.0/24", "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
    {"192.168.0.0/16", "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.18.0.0/15", "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"198.51.100.0/24", "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
    {"203.0.113.0/24", "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
    {"224.0.0.0/4", "223.255.255.255", "224.0.0.0", "239.255.255.255", nullptr},
    {"240.0.0.0/4", nullptr, "240.0.0.0", "255.255.255.255", nullptr},
    {"::/128", nullptr, "::", "::", nullptr},
    {"::1/128", nullptr, "::1", "::1", "::2"},
    {"64:ff9b::/96", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::", "64:ff9b::ffff:ffff",
     "64:ff9b::1:0:0"},
    {"64:ff9b:1::/48", "64:ff9b:0:ffff:ffff:ffff:ffff:ffff",
     "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:2::"},
    {"100::/64", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "100::", "100::ffff:ffff:ffff:ffff",
     "100:0:0:1::"},
    {"2001::/32", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::"},
    {"2001:db8::/32", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"2002::/16", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
    {"fc00::/7", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::"},
    {"fe80::/10", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {"fec0::/10", nullptr, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
    {"ff00::/8", nullptr, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
};

TEST(EgressGuard, DeniesEachBlockFromItsFirstAddressToItsLast) {
  for (const edges& each : all_edges) {
    EXPECT_EQ(judged(each.first), each.block);
    EXPECT_EQ(judged(each.last), each.block);
    if (each.before != nullptr) {
      EXPECT_EQ(judged(each.before), "") << each.before;
    }
    if (each.after != nullptr) {
      EXPECT_EQ(judged(each.after), "") << each.after;
    }
  }
  EXPECT_EQ(std::size(all_edges), denied_blocks().size());
}

TEST(EgressGuard, JudgesAnIpv4AddressInAnIpv6OneAsWhatItIs) {
  EXPECT_EQ(judged("::ffff:127.0.0.1"), "127.0.0.0/8");
  EXPECT_EQ(judged("::ffff:169.254.169.254"), "169.254.0.0/16");
  EXPECT_EQ(judged("::ffff:0.0.0.0"), "0.0.0.0/8");
  EXPECT_EQ(judged("::ffff:8.8.8.8"), "::ffff:0:0/96");
  EXPECT_EQ(judged("::ffff:127.0.0.1", allowing({"127.0.0.0/8"})), "");
}

// What the system makes of a spelling is what counts: so each goes the way that a poll goes.
TEST(EgressGuard, DeniesLoopbackAndPrivateAddressesInEverySpelling) {
  const std::vector<std::string> hosts = {"127.0.0.1",
                                          "127.1",
                                          "127.0.1",
                                          "2130706433",
                                          "0x7f.1",
                                          "0x7f000001",
                                          "0177.0.0.1",
                                          "017700000001",
                                          "0",
                                          "0.0",
                                          "0x0",
                                          "10.1",
                                          "167772161",
                                          "0xa.0.0.1",
                                          "192.168.257",
                                          "3232235777",
                                          "0xc0a80101",
                                          "172.16.1",
                                          "169.254.43518",
                                          "2852039166",
                                          "0xA9FEA9FE",
                                          "[::1]",
                                          "[::]",
                                          "[::ffff:127.0.0.1]",
                                          "[::ffff:7f00:1]",
                                          "[0:0:0:0:0:0:0:1]",
                                          "[::ffff:10.0.0.1]",
                                          "[64:ff9b::7f00:1]",
                                          "[2002:7f00:1::]",
                                          "[fe80::1]",
                                          "[fd00::1]",
                                          "[ff02::1]"};
  for (const std::string& host : hosts) {
    const auto url = parse_url("http://" + host + "/");
    ASSERT_TRUE(url) << host;
    error_code no_literal;
    std::vector<net::ip::address> answers{net::ip::make_address(url->host, no_literal)};
    if (no_literal) {
      const auto found = look_up_now(url->host);
      if (!found) continue;  // a spelling that this system does not know leads nowhere
      answers = *found;
    }
    EXPECT_NE(egress_guard{}.judge_all(answers), "") << host;
  }
  ASSERT_TRUE(look_up_now("127.1"));
  EXPECT_EQ(look_up_now("2130706433").value().at(0), address("127.0.0.1"));
}

TEST(EgressGuard, AllowsPublicAddresses) {
  for (const char* text : {"1.1.1.1", "8.8.8.8", "93.184.216.34", "223.255.255.255",
                           "2606:4700::1111", "2a00:1450:4001::1"}) {
    EXPECT_EQ(judged(text), "") << text;
  }
}

TEST(EgressGuard, AllowsTheConfiguredNetworksAndNoMore) {
  const egress_guard guard = allowing({"127.0.0.0/8", "::1/128", "10.20.30.40", "fd00:1::/32"});
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1", "10.20.30.40", "fd00:1::9"}) {
    EXPECT_EQ(judged(text, guard), "") << text;
  }
  EXPECT_EQ(judged("10.20.30.41", guard), "10.0.0.0/8");
  EXPECT_EQ(judged("10.20.30.39", guard), "10.0.0.0/8");
  EXPECT_EQ(judged("fd00:2::", guard), "fc00::/7");
  EXPECT_EQ(judged("::", guard), "::/128");
  EXPECT_EQ(judged("192.168.0.1", allowing({"0.0.0.0/0"})), "");
  EXPECT_EQ(judged("::1", allowing({"0.0.0.0/0"})), "::1/128");
  EXPECT_EQ(judged("192.168.0.1", allowing({"192.168.0.1/31"})), "");
  EXPECT_EQ(judged("192.168.0.2", allowing({"192.168.0.1/31"})), "192.168.0.0/16");
}

TEST(EgressGuard, DeniesANameWithOneDeniedAnswer) {
  const std::vector<net::ip::address> answers = {address("8.8.8.8"), address("10.0.0.1")};
  EXPECT_EQ(egress_guard{}.judge_all(answers), "10.0.0.0/8");
  EXPECT_EQ(allowing({"10.0.0.1"}).judge_all(answers), "");
}

TEST(EgressGuard, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0/8",
                           "::1/129", "/8", "10.0.0.0/8/8", "fe80::1%1", "10.0.0.0/0x8", "\n"}) {
    const auto made = egress_guard::make(std::vector<std::string>{text});
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().code, errc::configuration_invalid);
    EXPECT_EQ(made.error().what.find('\n'), std::string::npos);
  }
  EXPECT_FALSE(egress_guard::make(std::vector<std::string>(egress_networks_max + 1, "::1")));
}

}  // namespace
}  // namespace reprise
