// The keys of our HTTP interface: made once, shown once, kept as hashes.
//
// Shapes   secret_key.hpp, with the prefix "rpr_"
// Errors   none; a key is good or it is not
// Threads  pure but for the random source
// Owns     nothing; no key is ever logged, and no message holds one
// Source   security, docs/design.md
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "host/random_source.hpp"
#include "host/store/state_store.hpp"
#include "net/api_types.hpp"
#include "net/router.hpp"

namespace reprise {

struct new_key {
  std::string secret;  // shown to its owner, now and never again
  stored_key stored;
};
[[nodiscard]] new_key make_key(std::string label, std::int64_t now, random_source& random);

[[nodiscard]] bool is_well_formed_key(std::string_view secret);
[[nodiscard]] key_hash hash_of_key(std::string_view secret);

// The valid key that this is, if any. Compares with every key of the list, however early it is
// found.
[[nodiscard]] const stored_key* find_key(std::string_view secret, std::span<const stored_key> keys);
// Whether a key that was good is good no more.
[[nodiscard]] bool takes_access(std::span<const stored_key> before,
                                std::span<const stored_key> after);
struct key_judgement {
  key_verdict verdict = key_verdict::missing;
  const stored_key* key = nullptr;  // that is good
};
// By `Authorization: Bearer`. It must be there exactly once.
[[nodiscard]] key_judgement check_key(const api_request& request, std::span<const stored_key> keys);

}  // namespace reprise
