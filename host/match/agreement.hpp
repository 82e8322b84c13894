// Agreement: the weighted count of equal suffix bits of two change vectors. The definition; every
// kernel is a faster way to compute it.
//
// Shapes   a suffix is rule.suffix_words() words of 64 bits, each holding 8 bytes in memory order:
//          suffix bit i is bit 7 - i%8 of byte i/8. Words lie `stride` words apart. The result is
//          in units of 1/bits: 0 to rule.agreement_max()
// Threads  pure
// Agrees   every backend equals this function exactly
// Source   the rule, docs/design.md
#pragma once

#include <cstdint>

#include "host/match/host_device.hpp"
#include "host/match/rule.hpp"

namespace reprise {

struct suffix_view {
  const std::uint64_t* words;
  std::uint32_t stride = 1;  // 1: contiguous; 8: one lane of a block, see history_blocks.hpp
};

REPRISE_HOST_DEVICE inline std::uint32_t agreement(suffix_view a, suffix_view b,
                                                   const rule& by) noexcept {
  std::uint32_t weighted = 0;
  for (std::uint32_t i = 0; i < by.bits - by.prefix_bits; ++i) {
    const std::uint32_t word = i / 64;
    const std::uint32_t shift = i % 64 / 8 * 8 + (7 - i % 8);
    const std::uint64_t different = a.words[word * a.stride] ^ b.words[word * b.stride];
    if ((different >> shift & 1) == 0) weighted += by.bits - i;
  }
  return weighted;
}

}  // namespace reprise
