#include "host/vision_protocol.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace reprise::sight {
namespace {

picture_descriptor some_descriptor() {
  picture_descriptor made{};
  made[3] = -0.6;
  made[255] = 0.8;
  return made;
}

face_encoding some_encoding(std::size_t at) {
  face_encoding made{};
  made[at] = -1;
  return made;
}

outcome<bool> read(std::span<const std::byte> bytes, reply& into) {
  reply_reader reader;
  reader.append(bytes);
  return reader.next(into);
}

TEST(VisionRequest, ReadsBackWhatWasSentInPiecesOfAnySize) {
  const std::vector<std::byte> picture(300, std::byte{0xa5});
  auto bytes = encode_head(question::faces, picture.size());
  bytes.insert(bytes.end(), picture.begin(), picture.end());
  const auto second = encode_head(question::classify, 0);
  bytes.insert(bytes.end(), second.begin(), second.end());
  for (std::size_t piece : {1u, 7u, 308u, 1'000u}) {
    request_reader reader;
    std::vector<request> got;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.append(std::span{bytes}.subspan(at, std::min(piece, bytes.size() - at)));
      request each;
      while (reader.next(each).value()) got.push_back(each);
    }
    ASSERT_EQ(got.size(), 2u);
    EXPECT_EQ(got[0].asked, question::faces);
    EXPECT_EQ(got[0].picture, picture);
    EXPECT_EQ(got[1].asked, question::classify);
    EXPECT_TRUE(reader.is_empty());
  }
}

TEST(VisionRequest, RefusesForeignBytes) {
  auto unknown = encode_head(question::describe, 0), huge = unknown;
  unknown[0] = std::byte{4};
  huge[7] = std::byte{1};
  for (const auto& bytes : {unknown, huge}) {
    request_reader reader;
    reader.append(bytes);
    request ignored;
    const auto got = reader.next(ignored);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::data_malformed);
  }
}

TEST(VisionReply, ReadsBackWhatWasSent) {
  for (const reply& sent :
       {reply{ready{}}, reply{some_descriptor()}, reply{faces{}},
        reply{faces{some_encoding(0), some_encoding(127)}}, reply{classification{"a cat", 0.25}},
        reply{refused{reason::picture, "the JPEG is broken"}},
        reply{refused{reason::memory, ""}}}) {
    reply got;
    ASSERT_TRUE(read(encode(sent), got).value());
    EXPECT_EQ(got, sent);
  }
}

TEST(VisionReply, WaitsForTheRestOfAMessage) {
  const auto bytes = encode(some_descriptor());
  reply got;
  for (const std::size_t length : {std::size_t{0}, std::size_t{7}, bytes.size() - 1}) {
    EXPECT_FALSE(read(std::span{bytes}.first(length), got).value());
  }
}

TEST(VisionReply, CutsLongTexts) {
  reply got;
  ASSERT_TRUE(read(encode(refused{reason::library, std::string(5'000, 'x')}), got).value());
  EXPECT_EQ(std::get<refused>(got).text, std::string(text_bytes_max, 'x'));
}

TEST(VisionReply, RefusesWhatNoHelperSays) {
  const double nan = std::nan(""), infinite = std::numeric_limits<double>::infinity();
  picture_descriptor with_nan = some_descriptor(), too_long = with_nan, endless = with_nan;
  with_nan[0] = nan;
  too_long[0] = 0.01;
  endless[0] = infinite;
  auto wrong_kind = encode(ready{}), busy_ready = wrong_kind, huge = wrong_kind;
  wrong_kind[0] = std::byte{6};
  busy_ready[4] = std::byte{1};
  busy_ready.push_back(std::byte{0});
  huge[7] = std::byte{1};
  auto odd_faces = encode(faces{some_encoding(1)});
  odd_faces[4] = std::byte{0xf8};  // a number less
  odd_faces[5] = std::byte{0x03};
  odd_faces.resize(odd_faces.size() - 8);
  const std::vector<std::byte> foreign[] = {
      wrong_kind,
      busy_ready,
      huge,
      odd_faces,
      encode(with_nan),
      encode(too_long),
      encode(endless),
      encode(picture_descriptor{}),
      encode(faces{face_encoding{}}),
      encode(classification{"cat", 1.5}),
      encode(classification{"cat", nan}),
      encode(classification{"", 0.5}),
      encode(classification{"two\nlines", 0.5}),
      encode(refused{static_cast<reason>(0), "?"}),
      encode(refused{static_cast<reason>(5), "?"}),
      encode(refused{reason::picture, "two\nlines"}),
  };
  for (std::size_t i = 0; i < std::size(foreign); ++i) {
    reply ignored;
    const auto got = read(foreign[i], ignored);
    ASSERT_FALSE(got) << i;
    EXPECT_EQ(got.error().code, errc::helper_failed);
  }
}

}  // namespace
}  // namespace reprise::sight
