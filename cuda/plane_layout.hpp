// How a channel's history lies in device memory, and every index into it: what the kernels compute
// with is tested on the host.
//
// Shapes   planes of one channel, one after the other, in 32-bit words, slot s being one second of
//          a ring:
//            prefix    [slots]                    the prefix's id; 0 where the second is missing
//            agreement [run, slots]               s(t, d) at d's slot, in plane t mod run
//            suffix    [slots/32, chunks, 32, 4]  chunk c of 32 seconds side by side, so that a
//                                                 warp's load is 512 bytes in a row
//          `slots` are whole blocks of block_slots. A tile is what one warp scores: tile_slots
// Threads  pure
// Source   docs/gpu.md
#pragma once

#include <cstddef>
#include <cstdint>

#include "host/match/host_device.hpp"
#include "host/match/rule.hpp"

namespace reprise {

inline constexpr std::uint32_t warp_lanes = 32;
inline constexpr std::uint32_t chunk_words = 4;                // 16 bytes: one load of a thread
inline constexpr std::uint32_t block_slots = warp_lanes * 4;   // ids of one 16-byte load a thread
inline constexpr std::uint32_t tile_slots = 32 * block_slots;  // scored by one warp
inline constexpr std::uint32_t device_bits_max = 2048;
inline constexpr std::uint32_t suffix_words_max = (device_bits_max - bits_step) / 32;

// 32-bit words of a suffix.
REPRISE_HOST_DEVICE constexpr std::uint32_t suffix_words_of(const rule& by) noexcept {
  return (by.bits - by.prefix_bits) / 32;
}
REPRISE_HOST_DEVICE constexpr std::uint32_t chunks_of(const rule& by) noexcept {
  return (suffix_words_of(by) + chunk_words - 1) / chunk_words;
}

// A ring that holds a window, its run, and `ahead` seconds that are appended before they are asked
// about.
REPRISE_HOST_DEVICE constexpr std::uint32_t slots_of(const rule& by, std::uint32_t window_seconds,
                                                     std::uint32_t ahead) noexcept {
  return (window_seconds + by.run + ahead + block_slots - 1) / block_slots * block_slots;
}
REPRISE_HOST_DEVICE constexpr std::uint32_t tiles_of(std::uint32_t slots) noexcept {
  return (slots + tile_slots - 1) / tile_slots;
}
REPRISE_HOST_DEVICE constexpr std::size_t plane_bytes(const rule& by,
                                                      std::uint32_t slots) noexcept {
  return std::size_t{slots} * 4 * (1 + by.run + chunks_of(by) * chunk_words);
}

// Where one channel's planes lie. Aligned to 512 bytes.
struct channel_planes {
  std::uint32_t* base = nullptr;
  std::uint32_t slots = 0;
};

// A device's compiler does not see by itself that a pointer out of a record points to its memory,
// and would choose the space at each access.
REPRISE_HOST_DEVICE inline std::uint32_t* plane_words(const channel_planes& of) noexcept {
#ifdef __CUDA_ARCH__
  __builtin_assume(__isGlobal(of.base));
#endif
  return of.base;
}

REPRISE_HOST_DEVICE inline std::uint32_t* prefix_plane(const channel_planes& of) noexcept {
  return plane_words(of);
}
REPRISE_HOST_DEVICE inline std::uint32_t* agreement_plane(const channel_planes& of,
                                                          std::uint32_t plane) noexcept {
  return plane_words(of) + std::size_t{of.slots} * (1 + plane);
}
// Chunk 0 of a slot; the next ones follow at a stride of suffix_stride words.
inline constexpr std::uint32_t suffix_stride = warp_lanes * chunk_words;
REPRISE_HOST_DEVICE inline std::uint32_t* suffix_of(const channel_planes& of, std::uint32_t slot,
                                                    const rule& by) noexcept {
  return plane_words(of) + std::size_t{of.slots} * (1 + by.run) +
         std::size_t{slot / warp_lanes} * chunks_of(by) * suffix_stride +
         slot % warp_lanes * chunk_words;
}
// Where word w of a suffix lies behind its chunk 0.
REPRISE_HOST_DEVICE constexpr std::uint32_t suffix_word(std::uint32_t w) noexcept {
  return w / chunk_words * suffix_stride + w % chunk_words;
}

// Seconds from the second in `slot` to the one in `newest`, 0 to slots - 1.
REPRISE_HOST_DEVICE constexpr std::uint32_t lag_of(std::uint32_t newest, std::uint32_t slot,
                                                   std::uint32_t slots) noexcept {
  return newest >= slot ? newest - slot : newest + slots - slot;
}
// The slot of the second that lies `back` before the one in `slot`; back < slots.
REPRISE_HOST_DEVICE constexpr std::uint32_t slot_back(std::uint32_t slot, std::uint32_t back,
                                                      std::uint32_t slots) noexcept {
  return slot >= back ? slot - back : slot + slots - back;
}
// The plane that holds the agreements of the tick `back` before the one whose plane is `newest`.
REPRISE_HOST_DEVICE constexpr std::uint32_t plane_back(std::uint32_t newest, std::uint32_t back,
                                                       std::uint32_t run) noexcept {
  return newest >= back ? newest - back : newest + run - back;
}

// What a warp walks: the slots [first, last) of a tile, whole blocks.
struct tile_range {
  std::uint32_t first;
  std::uint32_t last;
};
REPRISE_HOST_DEVICE constexpr tile_range range_of_tile(std::uint32_t tile,
                                                       std::uint32_t slots) noexcept {
  const std::uint32_t first = tile * tile_slots;
  return {first, slots - first < tile_slots ? slots : first + tile_slots};
}

}  // namespace reprise
