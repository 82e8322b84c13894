#include "net/secret_key.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <span>

namespace reprise {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t all_bytes = secret_bytes + checksum_bytes;
static_assert(all_bytes % 3 == 0, "base64 without padding");
constexpr std::size_t text_characters = all_bytes / 3 * 4;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using key_bytes = std::array<std::byte, all_bytes>;

std::array<std::byte, 32> sha256_by_openssl(std::span<const std::byte> bytes) {
  std::array<std::byte, 32> hash;
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

void put_checksum(key_bytes& bytes) {
  const auto hash = sha256_by_openssl(std::span{bytes}.first<secret_bytes>());
  std::copy_n(hash.begin(), checksum_bytes, bytes.begin() + secret_bytes);
}

}  // namespace

std::string make_secret(std::string_view prefix, random_source& random) {
  key_bytes bytes;
  random.fill(std::span{bytes}.first<secret_bytes>());
  put_checksum(bytes);
  std::string text{prefix};
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = 0; j < 3; ++j) bits = bits << 8 | std::to_integer<unsigned>(bytes[i + j]);
    for (int shift = 18; shift >= 0; shift -= 6) text += alphabet[bits >> shift & 63];
  }
  return text;
}

bool is_well_formed_secret(std::string_view prefix, std::string_view secret) {
  if (secret.size() != prefix.size() + text_characters || !secret.starts_with(prefix)) return false;
  key_bytes bytes;
  for (std::size_t group = 0; group < all_bytes / 3; ++group) {
    std::size_t bits = 0;
    for (const char each : secret.substr(prefix.size() + group * 4, 4)) {
      const std::size_t value = alphabet.find(each);
      if (value == alphabet.npos) return false;
      bits = bits << 6 | value;
    }
    for (std::size_t j = 0; j < 3; ++j)
      bytes[group * 3 + j] = std::byte(bits >> (16 - 8 * j) & 255);
  }
  key_bytes expected = bytes;
  put_checksum(expected);
  return ::CRYPTO_memcmp(bytes.data(), expected.data(), all_bytes) == 0;
}

std::array<std::byte, 32> hash_of_secret(std::string_view secret) {
  return sha256_by_openssl(std::as_bytes(std::span{secret}));
}

}  // namespace reprise
