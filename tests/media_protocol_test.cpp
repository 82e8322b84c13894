#include "host/media_protocol.hpp"

#include <gtest/gtest.h>

namespace reprise::media {
namespace {

sampled_second second_with(std::uint64_t number, int fill) {
  sampled_second made{.number = number};
  made.bits.fill(std::byte(fill));
  return made;
}

const std::vector<message> one_of_each = {second_with(0x0102030405060708, 0xa5), progress{1, 2},
                                          film_end{1, 2, 3, 4}, failed{reason::io, "No such file"},
                                          failed{reason::memory, ""}};

std::vector<std::byte> all_encoded() {
  std::vector<std::byte> bytes;
  for (const message& sent : one_of_each) {
    const auto encoded = encode(sent);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  }
  return bytes;
}

TEST(MediaProtocol, ReadsBackWhatWasSentInPiecesOfAnySize) {
  const auto bytes = all_encoded();
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    message_reader reader;
    std::vector<message> read;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.append(std::span{bytes}.subspan(at, std::min(piece, bytes.size() - at)));
      message next;
      for (;;) {
        const auto more = reader.next(next);
        ASSERT_TRUE(more);
        if (!*more) break;
        read.push_back(next);
      }
    }
    ASSERT_EQ(read, one_of_each) << "in pieces of " << piece;
  }
}

TEST(MediaProtocol, CutsLongTexts) {
  message_reader reader;
  reader.append(encode(failed{reason::not_video, std::string(5000, 'x')}));
  message read;
  ASSERT_TRUE(*reader.next(read));
  EXPECT_EQ(std::get<failed>(read).text, std::string(text_bytes_max, 'x'));
}

TEST(MediaProtocol, RefusesForeignBytes) {
  const auto altered = [](std::size_t at, int value) {
    auto bytes = encode(progress{1, 2});
    bytes[at] = std::byte(value);
    return bytes;
  };
  std::vector<std::vector<std::byte>> foreign = {
      altered(0, 9),                                // no such kind
      altered(0, 1),                                // the length of another kind
      altered(7, 1),                                // an impossible length
      encode(failed{static_cast<reason>(7), "?"}),  // no such reason
  };
  for (const auto& bytes : foreign) {
    message_reader reader;
    reader.append(bytes);
    message read;
    const auto next = reader.next(read);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, errc::helper_failed);
  }
}

}  // namespace
}  // namespace reprise::media
