#include "net/answer_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace reprise {
namespace {

using state = answer_reader::state;

state feed(answer_reader& reader, std::string_view bytes, std::size_t piece) {
  state now = state::more;
  while (now == state::more && !bytes.empty()) {
    const std::size_t count = std::min({piece, bytes.size(), reader.room().size()});
    std::copy_n(bytes.data(), count, reader.room().data());
    bytes.remove_prefix(count);
    now = reader.take(count);
  }
  return now;
}

TEST(AnswerReader, GivesTheSameAnswerWhateverThePiecesItComesIn) {
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Frame-Time: 5\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;e=\"f\"\r\ndefg\r\n0\r\nX-Frame-Time: 6\r\n"
      "\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    answer_reader reader{true};
    ASSERT_EQ(feed(reader, bytes, piece), state::done) << piece;
    EXPECT_EQ(reader.answer().body, "abcdefg");
    EXPECT_EQ(reader.answer().frame_time, "5");  // not what a trailer says
    EXPECT_TRUE(reader.keeps_alive());
  }
}

TEST(AnswerReader, TakesAnAnswerOfExactlyItsRoomAndNoByteMore) {
  const auto answer_of = [](std::size_t bytes) {
    std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
    return head + std::string(bytes, 'x');
  };
  const std::size_t body = exchange_bytes_max - (answer_of(10'000).size() - 10'000);
  answer_reader whole{true};
  EXPECT_EQ(feed(whole, answer_of(body), 1000), state::done);
  EXPECT_EQ(whole.answer().body.size(), body);
  answer_reader over{true};
  EXPECT_EQ(feed(over, answer_of(body + 1), 1000), state::failed);
  EXPECT_EQ(over.failed().reason, gap_reason::too_large);
}

TEST(AnswerReader, HasAsMuchRoomAsItIsGiven) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
  const std::size_t all = head.size() + 100'000;
  answer_reader exact{true, all};
  EXPECT_EQ(feed(exact, head + std::string(100'000, 'x'), 5'000), state::done);
  EXPECT_EQ(exact.answer().body, std::string(100'000, 'x'));
  answer_reader less{true, all - 1};
  EXPECT_EQ(feed(less, head + std::string(100'000, 'x'), 5'000), state::failed);
  EXPECT_EQ(less.failed().reason, gap_reason::too_large);
  EXPECT_EQ(less.failed().what, "the answer is over 97 KiB");
}

TEST(AnswerReader, HasBegunWithItsFirstByte) {
  answer_reader reader{true};
  EXPECT_FALSE(reader.begun());
  EXPECT_EQ(feed(reader, "H", 1), state::more);
  EXPECT_TRUE(reader.begun());
}

TEST(AnswerReader, DoesNotWaitForTheEndOfWhatIsNoHttp) {
  answer_reader reader{true};
  EXPECT_EQ(feed(reader, "HTTP/2", 1), state::failed);
  EXPECT_EQ(reader.failed().reason, gap_reason::framing);
}

TEST(AnswerReader, EndsABodyWithoutLengthAtTheClose) {
  answer_reader reader{true};
  EXPECT_EQ(feed(reader, "HTTP/1.1 200 OK\r\n\r\nabc", 100), state::more);
  EXPECT_EQ(reader.close(), state::done);
  EXPECT_EQ(reader.answer().body, "abc");
  EXPECT_FALSE(reader.keeps_alive());
}

TEST(AnswerReader, IgnoresTheLengthThatABodilessStatusNames) {
  answer_reader reader{true};
  EXPECT_EQ(feed(reader, "HTTP/1.1 304 Not Modified\r\nContent-Length: 99999999\r\n\r\n", 100),
            state::done);
  EXPECT_EQ(reader.answer().status, 304u);
}

TEST(AnswerReader, FailsOnAHeadThatFillsItsRoom) {
  answer_reader reader{false};
  EXPECT_EQ(feed(reader, "HTTP/1.1 200 " + std::string(exchange_bytes_max, 'O'), 999),
            state::failed);
  EXPECT_EQ(reader.failed().reason, gap_reason::too_large);
}

}  // namespace
}  // namespace reprise
