// The layout in which suffixes are kept: blocks of 8 candidates, row k of a block holding suffix
// word k of the 8, so that one vector load takes one word of each and no sum runs across lanes.
//
// Shapes   blocks [ceil(slots/8), suffix_words, 8] u64; ids [slots] u32, 0 where the second is
//          missing, equal where the prefixes are equal; slots are whole blocks
// Source   docs/decisions.md, 5
#pragma once

#include <cstddef>
#include <cstdint>

namespace reprise {

inline constexpr std::uint32_t block_lanes = 8;

// Names a distinct prefix within one history; 0 is no prefix: the second is missing.
using prefix_id = std::uint32_t;
inline constexpr prefix_id prefix_missing = 0;

// Whole blocks of one history, and the prefix of each of their seconds.
struct history_view {
  const std::uint64_t* blocks;
  const prefix_id* ids;
  std::uint32_t block_count;
};

// Where suffix word 0 of a slot stands; its other words follow at a stride of block_lanes.
[[nodiscard]] constexpr std::size_t block_offset(std::uint32_t slot,
                                                 std::uint32_t suffix_words) noexcept {
  return static_cast<std::size_t>(slot / block_lanes) * suffix_words * block_lanes +
         slot % block_lanes;
}

}  // namespace reprise
