// Whole numbers as bytes, the least significant first: what the helpers' messages are made of.
//
// Errors   none; the caller has checked that the bytes are there
// Threads  pure
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reprise {

// Appends the lowest `width` bytes of `value`.
inline void put_little_endian(std::vector<std::byte>& bytes, std::uint64_t value,
                              std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes.push_back(std::byte(value >> (8 * i) & 0xff));
}

[[nodiscard]] inline std::uint64_t get_little_endian(std::span<const std::byte> bytes,
                                                     std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[offset + i]) << (8 * i);
  }
  return value;
}

}  // namespace reprise
