// Hex digits of fingerprints: two a byte, the high half first; lower case is written, either is
// read.
//
// Shapes   digits.size() == 2 * bytes.size(), asserted
// Threads  pure
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace reprise {

// How many digits are good: digits.size(), or the index of the first that is none.
[[nodiscard]] std::size_t decode_hex(std::string_view digits, std::span<std::byte> bytes) noexcept;

void append_hex(std::string& out, std::span<const std::byte> bytes);

}  // namespace reprise
