// Secrets that are shown once and kept as hashes: API keys, and keys of image sessions.
//
// Shapes   a prefix that says what it is for, then 48 characters of base64url: 32 random bytes and
//          the first 4 of their SHA-256, so that a mistyped one is known for one without any list
// Errors   none; a secret is well formed or it is not
// Threads  pure but for the random source
// Owns     nothing; no secret is ever logged, and no message holds one
// Source   FIPS 180-4; RFC 4648 section 5; security, docs/design.md
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "host/random_source.hpp"

namespace reprise {

[[nodiscard]] std::string make_secret(std::string_view prefix, random_source& random);
[[nodiscard]] bool is_well_formed_secret(std::string_view prefix, std::string_view secret);
[[nodiscard]] std::array<std::byte, 32> hash_of_secret(std::string_view secret);

}  // namespace reprise
