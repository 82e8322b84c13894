#include "host/sha256.hpp"

#include <gtest/gtest.h>

#include <string>

#include "host/hex.hpp"

namespace reprise {
namespace {

std::string hex_of(const sha256_digest& digest) {
  std::string digits;
  append_hex(digits, digest);
  return digits;
}

// The examples of FIPS 180-4 and of NIST's validation suite.
TEST(Sha256, GivesTheStandardsOwnAnswers) {
  EXPECT_EQ(hex_of(sha256_of("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of(sha256_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex_of(sha256_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                             "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu")),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(hex_of(sha256_of(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInWhateverPiecesTheBytesCome) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += static_cast<char>('a' + i % 23);
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string_view whole = std::string_view{text}.substr(0, length);
    for (const std::size_t piece : {1U, 7U, 63U, 64U, 65U}) {
      sha256 hash;
      for (std::size_t at = 0; at < length; at += piece) hash.add(whole.substr(at, piece));
      ASSERT_EQ(hash.finish(), sha256_of(whole)) << length << " in pieces of " << piece;
    }
  }
}

TEST(Sha256, DiffersAtEveryLengthAroundABlock) {
  for (std::size_t length = 50; length < 130; ++length) {
    ASSERT_NE(sha256_of(std::string(length, '\0')), sha256_of(std::string(length + 1, '\0')));
  }
}

}  // namespace
}  // namespace reprise
