// SHA-256, for names made from content and for keys that are stored as their hash.
//
// Shapes   any number of bytes in, in pieces; 32 bytes out
// Errors   none; asserted: nothing is added after finish()
// Threads  one at a time
// Source   FIPS 180-4
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace reprise {

using sha256_digest = std::array<std::byte, 32>;

class sha256 {
 public:
  void add(std::span<const std::byte> piece) noexcept;
  void add(std::string_view piece) noexcept { add(std::as_bytes(std::span{piece})); }
  [[nodiscard]] sha256_digest finish() noexcept;

 private:
  static constexpr std::size_t block_bytes = 64;
  void mix(std::span<const std::byte, block_bytes> block) noexcept;

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, block_bytes> block_{};  // the last, not yet whole one
  std::uint64_t bytes_ = 0;
  bool finished_ = false;
};

[[nodiscard]] sha256_digest sha256_of(std::string_view bytes) noexcept;

}  // namespace reprise
