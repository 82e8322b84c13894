#include "net/api_keys.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

#include "host/hex.hpp"
#include "net/http_text.hpp"
#include "net/secret_key.hpp"

namespace reprise {
namespace {

constexpr std::string_view prefix = "rpr_";
constexpr std::string_view scheme = "Bearer";
constexpr std::size_t id_bytes = 6;

}  // namespace

new_key make_key(std::string label, std::int64_t now, random_source& random) {
  new_key made;
  made.secret = make_secret(prefix, random);
  std::array<std::byte, id_bytes> id;
  random.fill(id);
  append_hex(made.stored.id, id);
  made.stored.label = std::move(label);
  made.stored.hash = hash_of_key(made.secret);
  made.stored.created_at = now;
  return made;
}

bool is_well_formed_key(std::string_view secret) {
  return is_well_formed_secret(prefix, secret);
}

key_hash hash_of_key(std::string_view secret) {
  return hash_of_secret(secret);
}

const stored_key* find_key(std::string_view secret, std::span<const stored_key> keys) {
  if (!is_well_formed_key(secret)) return nullptr;
  const key_hash hash = hash_of_key(secret);
  const stored_key* found = nullptr;
  for (const stored_key& key : keys) {
    const bool same = ::CRYPTO_memcmp(hash.data(), key.hash.data(), hash.size()) == 0;
    found = (same & !key.revoked_at.has_value()) ? &key : found;
  }
  return found;
}

bool takes_access(std::span<const stored_key> before, std::span<const stored_key> after) {
  return std::any_of(before.begin(), before.end(), [&](const stored_key& was) {
    if (was.revoked_at) return false;
    return std::none_of(after.begin(), after.end(),
                        [&](const stored_key& is) { return is.id == was.id && !is.revoked_at; });
  });
}

key_judgement check_key(const api_request& request, std::span<const stored_key> keys) {
  const std::string* given = nullptr;
  for (const header_field& field : request.headers) {
    if (!equal_ignoring_case(field.name, "Authorization")) continue;
    if (given != nullptr) return {key_verdict::bad};
    given = &field.value;
  }
  if (given == nullptr) return {key_verdict::missing};
  std::string_view rest = *given;
  if (!equal_ignoring_case(next_piece(rest, ' '), scheme)) return {key_verdict::bad};
  const stored_key* const known = find_key(trimmed(rest), keys);
  return {known != nullptr ? key_verdict::good : key_verdict::bad, known};
}

}  // namespace reprise
