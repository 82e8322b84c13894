#include "net/url.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

std::string refusal(std::string_view text) {
  const auto parsed = parse_url(text);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, errc::url_invalid);
  EXPECT_EQ(parsed.error().what.find('\n'), std::string::npos);
  return parsed.error().what;
}

TEST(ParseUrl, TakesAUrlApart) {
  const auto url = parse_url("http://Cam-1.Example:8080/a/b?key=1&x=%20");
  ASSERT_TRUE(url);
  EXPECT_FALSE(url->tls);
  EXPECT_EQ(url->host, "cam-1.example");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->authority, "cam-1.example:8080");
  EXPECT_EQ(url->target, "/a/b?key=1&x=%20");
}

TEST(ParseUrl, FillsInWhatIsNotSaid) {
  const auto secure = parse_url("HTTPS://example.org");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->tls);
  EXPECT_EQ(secure->port, 443);
  EXPECT_EQ(secure->authority, "example.org");
  EXPECT_EQ(secure->target, "/");
  const auto query = parse_url("http://example.org:?q");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->port, 80);
  EXPECT_EQ(query->target, "/?q");
  EXPECT_EQ(parse_url("http://example.org:80/")->authority, "example.org");
  EXPECT_EQ(parse_url("https://example.org:80/")->authority, "example.org:80");
}

TEST(ParseUrl, TakesLiteralsOfBothFamilies) {
  EXPECT_EQ(parse_url("http://192.0.2.7/")->host, "192.0.2.7");
  const auto wide = parse_url("https://[2001:DB8::7]:8443/x");
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->host, "2001:db8::7");
  EXPECT_EQ(wide->authority, "[2001:db8::7]:8443");
}

TEST(ParseUrl, RefusesOtherSchemes) {
  for (const char* text : {"ftp://example.org/", "file:///etc/passwd", "ws://example.org/",
                           "javascript:alert(1)", "gopher://example.org/"}) {
    EXPECT_EQ(refusal(text), "the URL's scheme must be http or https") << text;
  }
}

TEST(ParseUrl, RefusesWhatIsNoUrl) {
  for (const char* text : {"", "example.org", "//example.org/", "/path", "http:// example.org/",
                           "http://exa mple.org/", "http://example.org/a b", "http://e.org/%zz",
                           "http://e.org/\r\nX: 1", "http://[::1", "http://[:::]/",
                           "http://e.org:port/", "http://e.org/\xc3\xa9"}) {
    EXPECT_NE(refusal(text), "") << text;
  }
}

TEST(ParseUrl, RefusesCredentialsAndFragments) {
  EXPECT_NE(refusal("http://user@example.org/").find("user name"), std::string::npos);
  EXPECT_NE(refusal("http://user:secret@example.org/").find("user name"), std::string::npos);
  EXPECT_NE(refusal("http://@example.org/"), "");
  EXPECT_NE(refusal("http://example.org/#top").find("fragment"), std::string::npos);
  EXPECT_EQ(refusal("http://user:secret@example.org/").find("secret"), std::string::npos);
}

TEST(ParseUrl, RefusesHostsThatAreNone) {
  const std::string long_label(64, 'a');
  std::string long_name = "a";
  while (long_name.size() <= 253) long_name += ".abcdefg";
  for (const std::string& host :
       {std::string{}, std::string{"."}, std::string{"a..b"}, std::string{".a"}, std::string{"a.."},
        std::string{"%31.example"}, std::string{"%E2%91%A0.example"}, std::string{"a,b"},
        std::string{"[v1.x]"}, std::string{"[fe80::1%25eth0]"}, std::string{"[127.0.0.1]"},
        std::string{"\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1"}, long_label, long_name}) {
    EXPECT_NE(refusal("http://" + host + "/"), "") << host;
  }
  EXPECT_EQ(refusal("http://" + std::string(63, 'a') + ".b_c.example./"), "");
}

TEST(ParseUrl, RefusesPortsOutsideTheirRange) {
  for (const char* port : {"0", "00", "65536", "99999999999999999999", "-1", "+1", "8o"}) {
    EXPECT_NE(refusal(std::string{"http://e.org:"} + port + "/"), "") << port;
  }
  EXPECT_EQ(parse_url("http://e.org:1/")->port, 1);
  EXPECT_EQ(parse_url("http://e.org:65535/")->port, 65535);
}

TEST(ParseUrl, RefusesMoreThan2048Characters) {
  const std::string begin = "http://e.org/";
  EXPECT_EQ(refusal(begin + std::string(url_bytes_max - begin.size(), 'a')), "");
  EXPECT_NE(refusal(begin + std::string(url_bytes_max - begin.size() + 1, 'a')), "");
}

}  // namespace
}  // namespace reprise
