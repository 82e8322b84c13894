#include "net/api_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "host/hex.hpp"
#include "net/http_text.hpp"

namespace reprise {
namespace {

constexpr std::string_view prefix = "rpr_";
constexpr std::string_view scheme = "Bearer";
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t all_bytes = secret_bytes + checksum_bytes;
static_assert(all_bytes % 3 == 0, "base64 without padding");
constexpr std::size_t key_characters = prefix.size() + all_bytes / 3 * 4;
constexpr std::size_t id_bytes = 6;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using key_bytes = std::array<std::byte, all_bytes>;

key_hash sha256(std::span<const std::byte> bytes) {
  key_hash hash;
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

void put_checksum(key_bytes& bytes) {
  const key_hash hash = sha256(std::span{bytes}.first<secret_bytes>());
  std::copy_n(hash.begin(), checksum_bytes, bytes.begin() + secret_bytes);
}

std::string encoded(const key_bytes& bytes) {
  std::string text{prefix};
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = 0; j < 3; ++j) bits = bits << 8 | std::to_integer<unsigned>(bytes[i + j]);
    for (int shift = 18; shift >= 0; shift -= 6) text += alphabet[bits >> shift & 63];
  }
  return text;
}

}  // namespace

new_key make_key(std::string label, std::int64_t now, random_source& random) {
  key_bytes bytes;
  random.fill(std::span{bytes}.first<secret_bytes>());
  put_checksum(bytes);
  new_key made;
  made.secret = encoded(bytes);
  std::array<std::byte, id_bytes> id;
  random.fill(id);
  append_hex(made.stored.id, id);
  made.stored.label = std::move(label);
  made.stored.hash = hash_of_key(made.secret);
  made.stored.created_at = now;
  return made;
}

bool is_well_formed_key(std::string_view secret) {
  if (secret.size() != key_characters || !secret.starts_with(prefix)) return false;
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

key_hash hash_of_key(std::string_view secret) {
  return sha256(std::as_bytes(std::span{secret}));
}

bool is_known_key(std::string_view secret, std::span<const stored_key> keys) {
  if (!is_well_formed_key(secret)) return false;
  const key_hash hash = hash_of_key(secret);
  bool known = false;
  for (const stored_key& key : keys) {
    const bool same = ::CRYPTO_memcmp(hash.data(), key.hash.data(), hash.size()) == 0;
    known = known | (same & !key.revoked_at.has_value());
  }
  return known;
}

bool takes_access(std::span<const stored_key> before, std::span<const stored_key> after) {
  return std::any_of(before.begin(), before.end(), [&](const stored_key& was) {
    if (was.revoked_at) return false;
    return std::none_of(after.begin(), after.end(),
                        [&](const stored_key& is) { return is.id == was.id && !is.revoked_at; });
  });
}

key_verdict check_key(const api_request& request, std::span<const stored_key> keys) {
  const std::string* given = nullptr;
  for (const header_field& field : request.headers) {
    if (!equal_ignoring_case(field.name, "Authorization")) continue;
    if (given != nullptr) return key_verdict::bad;
    given = &field.value;
  }
  if (given == nullptr) return key_verdict::missing;
  std::string_view rest = *given;
  if (!equal_ignoring_case(next_piece(rest, ' '), scheme)) return key_verdict::bad;
  return is_known_key(trimmed(rest), keys) ? key_verdict::good : key_verdict::bad;
}

}  // namespace reprise
