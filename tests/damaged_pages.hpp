// Damages what a stored value is on: the chain of pages behind it leads out of the file.
//
// Shapes   the value is of one letter, longer than some pages of 4,096 bytes, and the only such one;
//          returns how many pages were damaged
// Errors   none
// Threads  any
#pragma once

#include <cstddef>
#include <span>

namespace reprise {

inline std::size_t damage_pages_of(char letter, std::span<std::byte> database) {
  constexpr std::size_t page_bytes = 4'096, link_bytes = 4;
  std::size_t damaged = 0;
  for (std::size_t at = 0; at + page_bytes <= database.size(); at += page_bytes) {
    const auto page = database.subspan(at, page_bytes);
    const std::byte of{static_cast<unsigned char>(letter)};
    if (page[0] == of || page[link_bytes] != of || page[page_bytes - 1] != of) continue;
    for (std::byte& each : page.first(link_bytes)) each = std::byte{0x7f};
    ++damaged;
  }
  return damaged;
}

}  // namespace reprise
