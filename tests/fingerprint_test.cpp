#include "host/fingerprint.hpp"

#include <gtest/gtest.h>

#include <string>

#include "host/hex.hpp"

namespace reprise {
namespace {

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

std::string counting() {
  std::string bytes;
  for (int i = 0; i < 128; ++i) bytes.push_back(static_cast<char>(i * 7));
  return bytes;
}

std::string as_hex(const std::string& bytes) {
  std::string digits;
  append_hex(digits, as_bytes(bytes));
  return digits;
}

std::string as_bits(const std::string& bytes) {
  std::string digits;
  for (const char byte : bytes) {
    for (int bit = 7; bit >= 0; --bit) digits.push_back(((byte >> bit) & 1) != 0 ? '1' : '0');
  }
  return digits;
}

TEST(DecodeFingerprint, TellsItsThreeFormsApartByLength) {
  const std::string bytes = counting();
  const auto raw = decode_fingerprint(as_bytes(bytes));
  ASSERT_TRUE(raw);
  EXPECT_EQ(std::to_integer<int>((*raw)[3]), 21);
  EXPECT_EQ(*decode_fingerprint(as_bytes(as_hex(bytes))), *raw);
  EXPECT_EQ(*decode_fingerprint(as_bytes(as_bits(bytes))), *raw);
}

TEST(DecodeFingerprint, AllowsOneFinalNewlineBehindText) {
  const std::string digits = as_hex(counting());
  EXPECT_TRUE(decode_fingerprint(as_bytes(digits + "\n")));
  EXPECT_TRUE(decode_fingerprint(as_bytes(digits + "\r\n")));
  EXPECT_FALSE(decode_fingerprint(as_bytes(digits + "\n\n")));
  EXPECT_FALSE(decode_fingerprint(as_bytes(digits + "\r")));
  EXPECT_FALSE(decode_fingerprint(as_bytes("\n" + digits)));
  EXPECT_FALSE(decode_fingerprint(as_bytes(counting() + "\n")));
}

TEST(DecodeFingerprint, RefusesEveryOtherLengthAndSaysHowMany) {
  for (std::size_t length : {0U, 1U, 127U, 129U, 255U, 257U, 1023U, 1025U, 16384U}) {
    const auto decoded = decode_fingerprint(as_bytes(std::string(length, '0')));
    ASSERT_FALSE(decoded) << length;
    EXPECT_EQ(decoded.error().code, errc::fingerprint_malformed);
    EXPECT_TRUE(decoded.error().what.starts_with(std::to_string(length) + " bytes"));
  }
}

TEST(DecodeFingerprint, NamesTheCharacterThatIsNoDigit) {
  std::string digits = as_hex(counting());
  digits[9] = 'g';
  EXPECT_EQ(decode_fingerprint(as_bytes(digits)).error().what,
            "character 10 of 256 is no hex digit");
  std::string bits = as_bits(counting());
  bits[1023] = '2';
  EXPECT_EQ(decode_fingerprint(as_bytes(bits)).error().what,
            "character 1024 of 1024 is neither 0 nor 1");
}

}  // namespace
}  // namespace reprise
