// Agreement for a processor whose population count is the narrow place: few counts, many adders.
//
// Shapes   m_w are the 32-bit words of ~(a xor b), in memory order, `words` of them; the result is
//          that of agreement() in agreement.hpp
// Threads  pure
// Agrees   equals agreement() exactly: tests/device_agreement_test.cpp
// Source   docs/gpu.md; carry-save adders: Harley and Seal, in Warren, Hacker's Delight, 5-1
//
// Suffix bit i = 32 w + b weighs (bits - 32 w) - b. The first part is one population count a word.
// The second does not depend on w: carry-save adders first add the words up, place by place, to a
// few planes of binary digits, and only those are counted, five masks each, one a digit of b.
#pragma once

#include <cstdint>

#include "host/match/host_device.hpp"

namespace reprise {

REPRISE_HOST_DEVICE inline std::uint32_t count_ones(std::uint32_t word) noexcept {
#ifdef __CUDA_ARCH__
  return static_cast<std::uint32_t>(__popc(word));
#else
  return static_cast<std::uint32_t>(__builtin_popcount(word));
#endif
}

// One binary digit of 32 counters, and what they carry.
struct carry_save {
  std::uint32_t sum;
  std::uint32_t carry;
};
REPRISE_HOST_DEVICE constexpr carry_save add_words(std::uint32_t a, std::uint32_t b,
                                                   std::uint32_t c) noexcept {
  return {a ^ b ^ c, (a & b) | (a & c) | (b & c)};
}

// Sum of b over the ones of a word; bit p of it is place b = 8 (p/8) + 7 - p mod 8.
REPRISE_HOST_DEVICE inline std::uint32_t sum_of_places(std::uint32_t word) noexcept {
  return count_ones(word & 0x55555555) + 2 * count_ones(word & 0x33333333) +
         4 * count_ones(word & 0x0f0f0f0f) + 8 * count_ones(word & 0xff00ff00) +
         16 * count_ones(word & 0xffff0000);
}

// Takes the words in order, eight at a time or singly, at most `words_max`.
template <std::uint32_t words_max>
class weighted_count {
 public:
  REPRISE_HOST_DEVICE explicit weighted_count(std::uint32_t bits) noexcept : weight_{bits} {}

  REPRISE_HOST_DEVICE void add_eight(const std::uint32_t (&m)[8]) noexcept {
    REPRISE_DEVICE_UNROLL
    for (int i = 0; i < 8; ++i) count(m[i]);
    const carry_save a = add_words(ones_, m[0], m[1]);
    const carry_save b = add_words(a.sum, m[2], m[3]);
    const carry_save c = add_words(b.sum, m[4], m[5]);
    const carry_save d = add_words(c.sum, m[6], m[7]);
    const carry_save e = add_words(twos_, a.carry, b.carry);
    const carry_save f = add_words(e.sum, c.carry, d.carry);
    const carry_save g = add_words(fours_, e.carry, f.carry);
    ones_ = d.sum;
    twos_ = f.sum;
    fours_ = g.sum;
    add_to_eights(g.carry);
  }

  REPRISE_HOST_DEVICE void add(std::uint32_t m) noexcept {
    count(m);
    const std::uint32_t into_twos = ones_ & m;
    const std::uint32_t into_fours = twos_ & into_twos;
    const std::uint32_t into_eights = fours_ & into_fours;
    ones_ ^= m;
    twos_ ^= into_twos;
    fours_ ^= into_fours;
    add_to_eights(into_eights);
  }

  [[nodiscard]] REPRISE_HOST_DEVICE std::uint32_t value() const noexcept {
    std::uint32_t places = sum_of_places(ones_) + 2 * sum_of_places(twos_) +
                           4 * sum_of_places(fours_) + 8 * sum_of_places(eights_) +
                           16 * sum_of_places(sixteens_);
    if constexpr (has_thirty_twos) places += 32 * sum_of_places(thirty_twos_);
    return coarse_ - places;
  }

 private:
  static constexpr bool has_thirty_twos = words_max >= 32;
  static_assert(words_max < 64);

  REPRISE_HOST_DEVICE void count(std::uint32_t m) noexcept {
    coarse_ += weight_ * count_ones(m);
    weight_ -= 32;
  }
  REPRISE_HOST_DEVICE void add_to_eights(std::uint32_t carry) noexcept {
    const std::uint32_t into_sixteens = eights_ & carry;
    eights_ ^= carry;
    if constexpr (has_thirty_twos) thirty_twos_ ^= sixteens_ & into_sixteens;
    sixteens_ ^= into_sixteens;
  }

  std::uint32_t weight_;
  std::uint32_t coarse_ = 0;
  std::uint32_t ones_ = 0, twos_ = 0, fours_ = 0, eights_ = 0, sixteens_ = 0;
  std::uint32_t thirty_twos_ = 0;
};

}  // namespace reprise
