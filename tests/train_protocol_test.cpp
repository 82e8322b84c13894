#include "host/train_protocol.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace reprise::train {
namespace {

constexpr double largest = std::numeric_limits<float>::max();
const header three_rows{model::forest, 3, 2, 2, 0x0102030405060708};

std::vector<std::byte> bytes_of(const header& head) {
  std::vector<std::byte> bytes = encode(head);
  for (std::uint32_t row = 0; row < 3; ++row) {
    const double features[] = {0.5 * row, row == 1 ? 1e300 : -1e300};
    EXPECT_TRUE(append_row(bytes, row % 2, features));
  }
  return bytes;
}

outcome<request> read(std::span<const std::byte> bytes, std::size_t piece = 7) {
  request_reader reader;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const auto taken = reader.take(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    if (!taken) return taken.error();
  }
  return reader.finish();
}

TEST(TrainRequest, ReadsBackWhatWasSentInPiecesOfAnySize) {
  const auto bytes = bytes_of(three_rows);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const auto got = read(bytes, piece);
    ASSERT_TRUE(got) << got.error().what;
    EXPECT_EQ(got->head, three_rows);
    EXPECT_EQ(got->labels, (std::vector<float>{0, 1, 0}));
    EXPECT_EQ(got->features[4], 1.0F);
  }
}

TEST(TrainRequest, SendsWhatIsBeyondItsNumbersAsTheLargestOfThem) {
  const auto got = read(bytes_of(three_rows));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->features[1], -largest);
  EXPECT_EQ(got->features[3], largest);
}

TEST(TrainRequest, TakesNoFeatureThatIsNoNumber) {
  std::vector<std::byte> bytes;
  const double features[] = {std::nan("")};
  const auto made = append_row(bytes, 0, features);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::data_malformed);
}

TEST(TrainRequest, RefusesForeignBytesAndSaysWhatIsWrong) {
  const auto altered = [](std::size_t at, std::uint32_t value) {
    auto bytes = bytes_of(three_rows);
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = std::byte(value >> (8 * i) & 0xff);
    return bytes;
  };
  const auto cut = [](std::size_t size) {
    auto bytes = bytes_of(three_rows);
    bytes.resize(size);
    return bytes;
  };
  struct {
    std::vector<std::byte> bytes;
    const char* text;
  } foreign[] = {
      {altered(0, 0x41414141), "no request"},
      {altered(4, 2), "version 2, not 1"},
      {altered(8, 0), "no model"},
      {altered(8, 3), "no model"},
      {altered(12, 0), "1 to 100000 rows, not 0"},
      {altered(12, 100'001), "1 to 100000 rows, not 100001"},
      {altered(16, 0), "1 to 1024 features, not 0"},
      {altered(16, 1'025), "1 to 1024 features, not 1025"},
      {altered(20, 1), "2 to 1000 labels, not 1"},
      {altered(20, 1'001), "2 to 1000 labels, not 1001"},
      {altered(44, 2), "row 2 has class 2 of 2"},
      {altered(48, 0x7f800000), "row 2 has a feature that is not finite"},
      {altered(48, 0x7fc00000), "row 2 has a feature that is not finite"},
      {altered(12, 2), "more than the 2 rows"},
      {altered(12, 4), "after 3 of 4 rows"},
      {cut(0), "within its header"},
      {cut(31), "within its header"},
      {cut(32), "after 0 of 3 rows"},
      {cut(67), "after 2 of 3 rows"},
      {cut(69), "after 3 of 3 rows"},
  };
  for (const auto& each : foreign) {
    const auto got = read(each.bytes);
    ASSERT_FALSE(got) << each.text;
    EXPECT_EQ(got.error().code, errc::data_malformed);
    EXPECT_NE(got.error().what.find(each.text), std::string::npos) << got.error().what;
  }
}

TEST(TrainRequest, RefusesOneTurnedBitOfWhatItsRowsAreReadBy) {
  const auto bytes = bytes_of(three_rows);
  for (std::size_t at = 0; at < 20; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto turned = bytes;
      turned[at] ^= std::byte(1 << bit);
      EXPECT_FALSE(read(turned)) << "byte " << at << ", bit " << bit;
    }
  }
}

TEST(TrainReply, ReadsBackWhatWasSent) {
  for (const reply& sent :
       {reply{gains{0.25, 0, 0.75}}, reply{failed{reason::memory, "out of memory"}},
        reply{failed{reason::library, ""}}}) {
    const auto got = decode_reply(encode(sent), 3);
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, sent);
  }
}

TEST(TrainReply, CutsLongTexts) {
  const auto got = decode_reply(encode(failed{reason::library, std::string(5000, 'x')}), 3);
  ASSERT_TRUE(got);
  EXPECT_EQ(std::get<failed>(*got).text, std::string(text_bytes_max, 'x'));
}

TEST(TrainReply, RefusesWhatNoTrainingSays) {
  auto wrong_kind = encode(gains{1}), wrong_length = wrong_kind, cut = wrong_kind, more = cut;
  wrong_kind[0] = std::byte{7};
  wrong_length[4] = std::byte{9};
  cut.pop_back();
  more.push_back(std::byte{0});
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<std::byte> foreign[] = {
      {},
      wrong_kind,
      wrong_length,
      cut,
      more,
      encode(gains{0.5, 0.5}),  // of two features
      encode(gains{0.5}),       // not all of it
      encode(gains{std::nan("")}),
      encode(gains{infinite}),
      encode(failed{static_cast<reason>(0), "?"}),
      encode(failed{static_cast<reason>(5), "?"}),
  };
  for (const auto& bytes : foreign) {
    const auto got = decode_reply(bytes, 1);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::helper_failed);
  }
  EXPECT_FALSE(decode_reply(encode(gains{-0.5, 1.5}), 2));
}

TEST(TrainModel, IsReadByTheNameItIsShownBy) {
  EXPECT_EQ(parse_model("gbm"), model::gbm);
  EXPECT_EQ(parse_model(to_string(model::forest)), model::forest);
  EXPECT_EQ(parse_model("GBM"), std::nullopt);
  EXPECT_EQ(parse_model(""), std::nullopt);
}

}  // namespace
}  // namespace reprise::train
