// Damages what a stored value is on.
//
// Shapes   a database of pages of 4,096 bytes; the value is of one letter, and the only such one.
//          damage_pages_of: it is longer than some pages, and the chain of them leads out of the
//          file then. spoil_leaves_of: it is on one page, which is no page of a table then. Both
//          return how many pages were damaged
// Errors   none
// Threads  any
#pragma once

#include <algorithm>
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

inline std::size_t spoil_leaves_of(char letter, std::span<std::byte> database) {
  constexpr std::size_t page_bytes = 4'096, end_bytes = 1'000;
  constexpr std::byte table_leaf{0x0d};
  std::size_t damaged = 0;
  for (std::size_t at = 0; at + page_bytes <= database.size(); at += page_bytes) {
    const auto page = database.subspan(at, page_bytes);
    const auto end = page.last(end_bytes);
    const bool is_of = std::all_of(end.begin(), end.end(), [letter](std::byte each) {
      return each == std::byte{static_cast<unsigned char>(letter)};
    });
    if (page[0] != table_leaf || !is_of) continue;
    page[0] = std::byte{0x7f};
    ++damaged;
  }
  return damaged;
}

}  // namespace reprise
