#include "net/http_body.hpp"

#include <gtest/gtest.h>

#include <random>

namespace reprise {
namespace {

constexpr std::size_t bytes_max = 100;

http_body_reader chunked(std::string_view bytes, std::size_t most = bytes_max) {
  http_body_reader reader{body_framing::chunked, 0, most};
  reader.take(bytes);
  return reader;
}

TEST(HttpBody, IsDoneAtOnceWithoutOne) {
  EXPECT_EQ((http_body_reader{body_framing::none, 0, 0}.state()), reading::done);
  EXPECT_EQ((http_body_reader{body_framing::length, 0, 0}.state()), reading::done);
}

TEST(HttpBody, TakesItsLengthAndNoMore) {
  http_body_reader reader{body_framing::length, 5, bytes_max};
  EXPECT_EQ(reader.take("ab"), 2u);
  EXPECT_EQ(reader.state(), reading::more);
  EXPECT_EQ(reader.take("cdeGET /"), 3u);
  EXPECT_EQ(reader.state(), reading::done);
  EXPECT_EQ(reader.body(), "abcde");
}

TEST(HttpBody, RefusesALengthOverTheBoundBeforeAnyByte) {
  EXPECT_EQ((http_body_reader{body_framing::length, 100, 100}.state()), reading::more);
  const http_body_reader reader{body_framing::length, 101, 100};
  ASSERT_EQ(reader.state(), reading::refused);
  EXPECT_EQ(reader.refusal().status, 413u);
  EXPECT_EQ(reader.refusal().code, "body_too_large");
}

TEST(HttpBody, JoinsChunks) {
  auto reader = chunked("3\r\nabc\r\n0A\r\n0123456789\r\n000\r\n\r\n");
  ASSERT_EQ(reader.state(), reading::done) << reader.refusal().detail;
  EXPECT_EQ(reader.body(), "abc0123456789");
}

TEST(HttpBody, RefusesChunksOverTheBoundBeforeTheirBytes) {
  EXPECT_EQ(chunked("64\r\n").state(), reading::more);
  EXPECT_EQ(chunked("65\r\n").refusal().status, 413u);
  EXPECT_EQ(chunked("3\r\nabc\r\n62\r\n").refusal().status, 413u);
  EXPECT_EQ(chunked("FFFFFFFF\r\n").refusal().status, 413u);
  EXPECT_EQ(chunked("", 0).refusal().status, 413u);
}

class BadChunks : public testing::TestWithParam<const char*> {};

TEST_P(BadChunks, AreBadFraming) {
  const auto reader = chunked(GetParam());
  ASSERT_EQ(reader.state(), reading::refused);
  EXPECT_EQ(reader.refusal().status, 400u);
  EXPECT_EQ(reader.refusal().code, "bad_framing");
}

INSTANTIATE_TEST_SUITE_P(Rows, BadChunks,
                         testing::Values("\r\n", "x\r\n", "-1\r\n", "0x3\r\n", " 3\r\n", "3 \r\n",
                                         "3;a=b\r\n", "3\nabc", "3\rabc", "000000003\r\n",
                                         "3\r\nabcd", "3\r\nabc\n", "3\r\nabc\rx",
                                         "0\r\nX: a\r\n\r\n", "0\r\n\n", "0\r\n\rx"));

TEST(HttpBody, CountsWhatWasReleasedAgainstTheBound) {
  http_body_reader reader{body_framing::chunked, 0, bytes_max};
  reader.take("40\r\n" + std::string(64, 'x') + "\r\n");
  EXPECT_EQ(reader.release(), std::string(64, 'x'));
  EXPECT_EQ(reader.release(), "");
  EXPECT_EQ(reader.bytes(), 64u);
  reader.take("24\r\n");
  EXPECT_EQ(reader.state(), reading::more);
  auto second = reader;
  second.take(std::string(36, 'y') + "\r\n1\r\n");
  EXPECT_EQ(second.refusal().status, 413u);
}

TEST(HttpBody, HasNoBoundOf32Bits) {
  constexpr std::uint64_t most = std::uint64_t{5} << 30;
  EXPECT_EQ((http_body_reader{body_framing::length, most, most}.state()), reading::more);
  EXPECT_EQ((http_body_reader{body_framing::length, most + 1, most}.state()), reading::refused);
}

TEST(HttpBody, ReadsTheSameInPiecesOfAnySize) {
  constexpr unsigned seed = 21;
  std::mt19937 random{seed};
  const std::string bytes = "5\r\nabcde\r\n1\r\nf\r\nC\r\nghijklmnopqr\r\n0\r\n\r\nGET";
  for (int round = 0; round < 500; ++round) {
    http_body_reader reader{body_framing::chunked, 0, bytes_max};
    std::size_t taken = 0;
    while (reader.state() == reading::more) {
      taken += reader.take(std::string_view{bytes}.substr(taken, 1 + random() % 9));
    }
    ASSERT_EQ(reader.state(), reading::done);
    ASSERT_EQ(reader.body(), "abcdefghijklmnopqr");
    ASSERT_EQ(taken, bytes.size() - 3);
  }
}

}  // namespace
}  // namespace reprise
