#include "host/sha256.hpp"

#include <algorithm>
#include <bit>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t load_big(const std::byte* at) noexcept {
  return std::to_integer<std::uint32_t>(at[0]) << 24 | std::to_integer<std::uint32_t>(at[1]) << 16 |
         std::to_integer<std::uint32_t>(at[2]) << 8 | std::to_integer<std::uint32_t>(at[3]);
}

}  // namespace

void sha256::mix(std::span<const std::byte, block_bytes> block) noexcept {
  std::array<std::uint32_t, 64> w;
  for (std::size_t i = 0; i < 16; ++i) w[i] = load_big(&block[4 * i]);
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t low = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
    const std::uint32_t high = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + low + w[i - 7] + high;
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t sum_e = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t first = h + sum_e + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
    const std::uint32_t sum_a = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t second = sum_a + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const std::array<std::uint32_t, 8> mixed{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state_[i] += mixed[i];
}

void sha256::add(std::span<const std::byte> piece) noexcept {
  REPRISE_ASSERT(!finished_);
  while (!piece.empty()) {
    const std::size_t filled = bytes_ % block_bytes;
    const std::size_t taken = std::min(piece.size(), block_bytes - filled);
    std::copy_n(piece.begin(), taken, block_.begin() + static_cast<std::ptrdiff_t>(filled));
    bytes_ += taken;
    piece = piece.subspan(taken);
    if (bytes_ % block_bytes == 0) mix(block_);
  }
}

sha256_digest sha256::finish() noexcept {
  const std::uint64_t bits = bytes_ * 8;
  const std::byte one{0x80};
  add(std::span{&one, 1});
  const std::byte zero{0};
  while (bytes_ % block_bytes != block_bytes - sizeof bits) add(std::span{&zero, 1});
  std::array<std::byte, sizeof bits> length;
  for (std::size_t i = 0; i < length.size(); ++i) length[i] = std::byte(bits >> (56 - 8 * i));
  add(length);
  finished_ = true;
  sha256_digest digest;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = std::byte(state_[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

sha256_digest sha256_of(std::string_view bytes) noexcept {
  sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

}  // namespace reprise
