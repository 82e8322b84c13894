#include "net/http_request_head.hpp"

#include <gtest/gtest.h>

#include <random>

namespace reprise {
namespace {

const http_limits limits;

request_head_reader reader_of(std::string_view bytes) {
  request_head_reader reader{limits};
  reader.take(bytes);
  return reader;
}

std::string with_fields(const std::string& fields) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

struct refused_head {
  const char* name;
  std::string bytes;
  unsigned status;
  const char* code;
};

void PrintTo(const refused_head& row, std::ostream* out) {
  *out << row.name;
}

class RefusedHead : public testing::TestWithParam<refused_head> {};

TEST_P(RefusedHead, IsAnsweredWithItsStatusAndCode) {
  const refused_head& row = GetParam();
  const auto reader = reader_of(row.bytes);
  ASSERT_EQ(reader.state(), reading::refused);
  EXPECT_EQ(reader.refusal().status, row.status) << reader.refusal().detail;
  EXPECT_EQ(reader.refusal().code, row.code) << reader.refusal().detail;
}

constexpr auto bad = "bad_request";
constexpr auto framing = "bad_framing";

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedHead,
    testing::Values(
        refused_head{"Tls", "\x16\x03\x01", 400, bad},
        refused_head{"Noise", std::string{"\x00\x01", 2}, 400, bad},
        refused_head{"EndlessWord", std::string(17, 'G'), 400, bad},
        refused_head{"OtherProtocol", "HELLO\r\n", 400, bad},
        refused_head{"TwoWords", "GET /\r\n", 400, bad},
        refused_head{"FourWords", "GET / / HTTP/1.1\r\n", 400, bad},
        refused_head{"TwoSpaces", "GET  / HTTP/1.1\r\n", 400, bad},
        refused_head{"BadMethod", "G(T / HTTP/1.1\r\n", 400, bad},
        refused_head{"LowerCaseVersion", "GET / http/1.1\r\n", 400, bad},
        refused_head{"LongVersion", "GET / HTTP/1.11\r\n", 400, bad},
        refused_head{"SignedVersion", "GET / HTTP/-.1\r\n", 400, bad},
        refused_head{"Http2", "PRI * HTTP/2.0\r\n", 505, "version_unsupported"},
        refused_head{"TwoEmptyLines", "\r\n\r\nGET / HTTP/1.1\r\n", 400, bad},
        refused_head{"BareLfBehindRequest", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, bad},
        refused_head{"BareLfBehindField", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400, bad},
        refused_head{"BareLfAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, bad},
        refused_head{"BareCr", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400, bad},
        refused_head{"NulInField", with_fields({"X: a\0b\r\n", 8}), 400, bad},
        refused_head{"NulInTarget", {"GET /\0 HTTP/1.1\r\n", 17}, 400, bad},
        refused_head{"TabInRequestLine", "GET\t/ HTTP/1.1\r\n", 400, bad},
        refused_head{"MissingHost", "GET / HTTP/1.1\r\n\r\n", 400, bad},
        refused_head{"DoubleHost", with_fields("Host: b\r\n"), 400, bad},
        refused_head{"SameHostTwice", with_fields("host: a\r\n"), 400, bad},
        refused_head{"BadHost", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, bad},
        refused_head{"ObsFold", with_fields("X: a\r\n b\r\n"), 400, bad},
        refused_head{"ObsFoldByTab", with_fields("X: a\r\n\tb\r\n"), 400, bad},
        refused_head{"SpaceBeforeColon", with_fields("X : a\r\n"), 400, bad},
        refused_head{"EmptyName", with_fields(": a\r\n"), 400, bad},
        refused_head{"NoColon", with_fields("X\r\n"), 400, bad},
        refused_head{"BadName", with_fields("X(: a\r\n"), 400, bad},
        refused_head{"LengthAndChunks",
                     with_fields("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400,
                     framing},
        refused_head{"DifferingLengths", with_fields("Content-Length: 3\r\nContent-Length: 4\r\n"),
                     400, framing},
        refused_head{"ListOfLengths", with_fields("Content-Length: 3, 4\r\n"), 400, framing},
        refused_head{"SignedLength", with_fields("Content-Length: +3\r\n"), 400, framing},
        refused_head{"NegativeLength", with_fields("Content-Length: -3\r\n"), 400, framing},
        refused_head{"HexLength", with_fields("Content-Length: 0x3\r\n"), 400, framing},
        refused_head{"EmptyLength", with_fields("Content-Length:\r\n"), 400, framing},
        refused_head{"HugeLength", with_fields("Content-Length: 18446744073709551617\r\n"), 400,
                     framing},
        refused_head{"OtherEncoding", with_fields("Transfer-Encoding: gzip\r\n"), 400, framing},
        refused_head{"EncodingList", with_fields("Transfer-Encoding: gzip, chunked\r\n"), 400,
                     framing},
        refused_head{"ChunkedTwice", with_fields("Transfer-Encoding: chunked, chunked\r\n"), 400,
                     framing},
        refused_head{"TwoEncodings",
                     with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                     400, framing},
        refused_head{"ChunkedByHiddenTab",
                     with_fields("Transfer-Encoding: \x0b"
                                 "chunked\r\n"),
                     400, bad},
        refused_head{"ChunksInOldHttp", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                     400, framing},
        refused_head{"OtherExpectation", with_fields("Expect: a cake\r\n"), 417,
                     "expectation_failed"},
        refused_head{"Fragment", "GET /a#b HTTP/1.1\r\n", 400, bad},
        refused_head{"Connect", "CONNECT a:80 HTTP/1.1\r\n", 400, bad},
        refused_head{"StarOfGet", "GET * HTTP/1.1\r\n", 400, bad},
        refused_head{"OtherScheme", "GET ftp://a/ HTTP/1.1\r\n", 400, bad},
        refused_head{"UserInAbsoluteTarget", "GET http://u@a/ HTTP/1.1\r\n", 400, bad},
        refused_head{"AbsoluteTargetWithoutHost", "GET http:///a HTTP/1.1\r\n", 400, bad},
        refused_head{"NonAsciiTarget", "GET /\xc3\xa9 HTTP/1.1\r\n", 400, bad},
        refused_head{"ShortEscape", "GET /a%2 HTTP/1.1\r\n", 400, bad},
        refused_head{"BadEscape", "GET /a%zz HTTP/1.1\r\n", 400, bad},
        refused_head{"EscapedNul", "GET /a%00 HTTP/1.1\r\n", 400, bad},
        refused_head{"EscapedLf", "GET /a%0a HTTP/1.1\r\n", 400, bad},
        refused_head{"EscapedSlash", "GET /items/a%2Fb HTTP/1.1\r\n", 400, bad},
        refused_head{"BadEscapeInQuery", "GET /a?b=%g1 HTTP/1.1\r\n", 400, bad},
        refused_head{"EscapedNulInQuery", "GET /a?b=%00 HTTP/1.1\r\n", 400, bad}),
    [](const auto& row) { return row.param.name; });

TEST(RequestHead, TakesATargetOf2KibAndNotMore) {
  const std::string longest = "/" + std::string(limits.target_bytes_max - 1, 'a');
  EXPECT_EQ(reader_of("GET " + longest + " HTTP/1.1\r\nHost: a\r\n\r\n").state(), reading::done);
  const auto longer = reader_of("GET " + longest + "a HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(longer.state(), reading::refused);
  EXPECT_EQ(longer.refusal().status, 414u);
}

TEST(RequestHead, RefusesATargetWithoutEndBeforeItHasOne) {
  const auto endless = reader_of("GET /" + std::string(limits.target_bytes_max + 20, 'a'));
  ASSERT_EQ(endless.state(), reading::refused);
  EXPECT_EQ(endless.refusal().status, 414u);
}

TEST(RequestHead, Takes64FieldsAndNotMore) {
  std::string fields;
  for (std::size_t i = 1; i < limits.fields_max; ++i) fields += "X: a\r\n";
  EXPECT_EQ(reader_of(with_fields(fields)).state(), reading::done);
  const auto more = reader_of(with_fields(fields + "X: a\r\n"));
  ASSERT_EQ(more.state(), reading::refused);
  EXPECT_EQ(more.refusal().status, 431u);
}

TEST(RequestHead, Takes8KibOfFieldsAndNotMore) {
  const std::size_t room = limits.head_bytes_max - std::string_view{"Host: aX: "}.size();
  EXPECT_EQ(reader_of(with_fields("X: " + std::string(room, 'a') + "\r\n")).state(), reading::done);
  const auto more = reader_of(with_fields("X: " + std::string(room + 1, 'a') + "\r\n"));
  ASSERT_EQ(more.state(), reading::refused);
  EXPECT_EQ(more.refusal().status, 431u);
}

TEST(RequestHead, GivesThePartsOfATarget) {
  auto reader = reader_of(
      "\r\nGET /a%20b//c?from=1&x=%c3%a9+y&&z&=&to= HTTP/1.1\r\nHost:\r\nX-A:  b c \t\r\n\r\nrest");
  ASSERT_EQ(reader.state(), reading::done) << reader.refusal().detail;
  const request_head& head = reader.head();
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.path, "/a%20b//c");
  EXPECT_EQ(head.segments, (std::vector<std::string>{"a b", "", "c"}));
  const std::vector<std::pair<std::string, std::string>> query = {
      {"from", "1"}, {"x", "\xc3\xa9 y"}, {"z", ""}, {"", ""}, {"to", ""}};
  EXPECT_EQ(head.query, query);
  EXPECT_EQ(head.headers, (std::vector<header_field>{{"Host", ""}, {"X-A", "b c"}}));
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.has_body());
}

TEST(RequestHead, TakesTheTargetOfAProxy) {
  auto reader = reader_of("GET HTTP://a:8080?b=c HTTP/1.1\r\nHost: a:8080\r\n\r\n");
  ASSERT_EQ(reader.state(), reading::done) << reader.refusal().detail;
  EXPECT_EQ(reader.head().path, "/");
  EXPECT_EQ(reader.head().query.at(0).second, "c");
  auto plain = reader_of("GET http://[::1]:8080/x HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(plain.state(), reading::done) << plain.refusal().detail;
  EXPECT_EQ(plain.head().path, "/x");
}

TEST(RequestHead, TellsHowTheBodyIsFramed) {
  auto none = reader_of(with_fields(""));
  EXPECT_EQ(none.head().framing, body_framing::none);
  auto length = reader_of(with_fields("content-length: 0017\r\n"));
  EXPECT_EQ(length.head().framing, body_framing::length);
  EXPECT_EQ(length.head().content_length, 17u);
  auto chunked = reader_of(with_fields("Transfer-Encoding: Chunked\r\n"));
  EXPECT_EQ(chunked.head().framing, body_framing::chunked);
  EXPECT_TRUE(chunked.head().has_body());
}

TEST(RequestHead, TellsWhetherTheConnectionGoesOn) {
  EXPECT_TRUE(reader_of(with_fields("Connection: keep-alive\r\n")).head().keep_alive);
  EXPECT_FALSE(reader_of(with_fields("Connection: x, Close\r\n")).head().keep_alive);
  auto old = reader_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: x\r\n\r\n");
  ASSERT_EQ(old.state(), reading::done);
  EXPECT_FALSE(old.head().keep_alive);
  EXPECT_TRUE(old.head().old_version);
}

TEST(RequestHead, ExpectsToContinueOnlyWithABody) {
  EXPECT_FALSE(reader_of(with_fields("Expect: 100-continue\r\n")).head().expects_continue);
  EXPECT_TRUE(reader_of(with_fields("Expect: 100-Continue\r\nContent-Length: 1\r\n"))
                  .head()
                  .expects_continue);
}

TEST(RequestHead, LeavesWhatIsBehindIt) {
  request_head_reader reader{limits};
  const std::string head = with_fields("");
  EXPECT_EQ(reader.take(head + "GET / "), head.size());
  EXPECT_EQ(reader.take("more"), 0u);
}

// Each head of the rows above and a good one, cut into pieces at random.
TEST(RequestHead, ReadsTheSameInPiecesOfAnySize) {
  constexpr unsigned seed = 20;
  std::mt19937 random{seed};
  const std::string good =
      with_fields("Content-Length: 5\r\nX-Long: " + std::string(99, 'x') + "\r\n");
  const std::string wrong = with_fields("Content-Length: 5\r\n\tfolded: 1\r\n");
  for (int round = 0; round < 500; ++round) {
    for (const std::string& bytes : {good, wrong}) {
      auto whole = reader_of(bytes);
      request_head_reader pieces{limits};
      std::size_t taken = 0;
      while (taken < bytes.size() && pieces.state() == reading::more) {
        const std::size_t size = 1 + random() % 40;
        taken += pieces.take(std::string_view{bytes}.substr(taken, size));
      }
      ASSERT_EQ(pieces.state(), whole.state());
      ASSERT_EQ(pieces.head().headers, whole.head().headers);
      ASSERT_EQ(pieces.refusal().detail, whole.refusal().detail);
    }
  }
}

}  // namespace
}  // namespace reprise
