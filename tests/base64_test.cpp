#include "host/base64.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "host/uuid.hpp"

namespace reprise {
namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string encoded(std::string_view text) {
  std::string out;
  append_base64(out, std::as_bytes(std::span{text}));
  return out;
}

std::size_t fault_of(std::string_view text) {
  std::vector<std::byte> bytes;
  return decode_base64(text, bytes).value_or(12'345);
}

TEST(Base64, IsThatOfTheRfcsExamples) {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, written] : examples) {
    EXPECT_EQ(encoded(text), written);
    std::vector<std::byte> read;
    EXPECT_FALSE(decode_base64(written, read));
    EXPECT_EQ(text_of(read), text);
  }
}

TEST(Base64, ReadsBackWhatItWrote) {
  std::mt19937_64 random{3};
  for (std::size_t size = 0; size < 200; ++size) {
    std::string text(size, '\0');
    for (char& each : text) each = static_cast<char>(random());
    std::vector<std::byte> read;
    ASSERT_FALSE(decode_base64(encoded(text), read));
    EXPECT_EQ(text_of(read), text);
  }
}

TEST(Base64, SaysWhichCharacterIsAtFault) {
  EXPECT_EQ(fault_of("Zm9*"), 3U);
  EXPECT_EQ(fault_of("Zm9vYm\nFy"), 6U) << "no line breaks";
  EXPECT_EQ(fault_of("data:image/png;base64,Zm9v"), 4U);
  EXPECT_EQ(fault_of("Zm9v Zm9v"), 4U);
  EXPECT_EQ(fault_of("Zm9-"), 3U) << "of the other alphabet";
  EXPECT_EQ(fault_of("Z"), 1U) << "it ends too early";
  EXPECT_EQ(fault_of("Zg"), 2U) << "the padding is missing";
  EXPECT_EQ(fault_of("Zg="), 3U);
  EXPECT_EQ(fault_of("Zg=x"), 3U);
  EXPECT_EQ(fault_of("Z==="), 1U);
  EXPECT_EQ(fault_of("===="), 0U);
  EXPECT_EQ(fault_of("Zg==Zg=="), 4U) << "nothing behind the padding";
  EXPECT_EQ(fault_of("Zh=="), 1U) << "bits that belong to no byte";
  EXPECT_EQ(fault_of("Zm9="), 2U);
}

TEST(Uuid, IsRandomAndOfTheFourthVersion) {
  const auto random = make_seeded_random(5);
  std::set<std::string> made;
  for (int i = 0; i < 1'000; ++i) {
    const std::string uuid = make_uuid(*random);
    ASSERT_EQ(uuid.size(), 36U);
    for (std::size_t at = 0; at < uuid.size(); ++at) {
      const bool is_hyphen = at == 8 || at == 13 || at == 18 || at == 23;
      EXPECT_EQ(uuid[at] == '-', is_hyphen) << uuid;
    }
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string{"89ab"}.find(uuid[19]), std::string::npos) << uuid;
    made.insert(uuid);
  }
  EXPECT_EQ(made.size(), 1'000U);
}

}  // namespace
}  // namespace reprise
