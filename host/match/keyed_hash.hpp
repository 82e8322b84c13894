// SipHash-1-3 over 64-bit words, under a key drawn at random once a process: what is hashed is
// content that others choose, who must not be able to choose collisions.
//
// Threads  pure, but for the first call of process_hash_key(), which is safe too
// Source   Aumasson, Bernstein: SipHash, https://131002.net/siphash/siphash.pdf
#pragma once

#include <bit>
#include <cstdint>

namespace reprise {

struct hash_key {
  std::uint64_t k0;
  std::uint64_t k1;
};

[[nodiscard]] const hash_key& process_hash_key();

[[nodiscard]] inline std::uint64_t keyed_hash(const hash_key& key, const std::uint64_t* words,
                                              std::uint32_t count) noexcept {
  std::uint64_t v0 = key.k0 ^ 0x736f6d6570736575, v1 = key.k1 ^ 0x646f72616e646f6d;
  std::uint64_t v2 = key.k0 ^ 0x6c7967656e657261, v3 = key.k1 ^ 0x7465646279746573;
  const auto round = [&]() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  for (std::uint32_t i = 0; i < count; ++i) absorb(words[i]);
  absorb(static_cast<std::uint64_t>(count) << 59);  // the length in bytes, in the top byte
  v2 ^= 0xff;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace reprise
