// The fingerprint of one second, and how a source's answer is read as one.
//
// Shapes   128 bytes, bit i in byte i/8, most significant bit first. An answer is told apart by its
//          length: 128 raw bytes, 256 hex digits, or 1,024 characters 0 and 1; one final newline
//          (LF or CR LF) is allowed behind the two texts
// Errors   decode: fingerprint_malformed with what is wrong; nothing is ever padded or cut
// Threads  pure
// Source   formats, docs/design.md
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t fingerprint_bytes = 128;
using fingerprint = std::array<std::byte, fingerprint_bytes>;

[[nodiscard]] outcome<fingerprint> decode_fingerprint(std::span<const std::byte> answer);

}  // namespace reprise
