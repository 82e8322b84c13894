// How the history's ticks lie in bytes: one tick alone, or the ten minutes of one channel packed
// together, each under a checksum that its place is part of.
//
// Shapes   a tick: the 128 bytes, or 8 that begin with the reason; then the checksum (8). A chunk:
//          600 states (0 fingerprint, 255 nobody wrote, else the gap_reason), the fingerprints that
//          are there back to back, the checksum (8). Chunk n is of the ticks [600 n, 600 n + 600)
// Errors   unpack: false where the bytes are not what was packed for that channel and time
// Threads  pure
// Source   the checksum is SipHash-1-3 under (channel, place): host/match/keyed_hash.hpp
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/fingerprint.hpp"
#include "host/gap_reason.hpp"
#include "host/store/history_store.hpp"

namespace reprise {

inline constexpr std::int64_t chunk_seconds = 600;

[[nodiscard]] constexpr std::int64_t chunk_of(std::int64_t time) noexcept {
  return time / chunk_seconds - (time % chunk_seconds < 0 ? 1 : 0);
}
[[nodiscard]] constexpr std::int64_t chunk_start(std::int64_t number) noexcept {
  return number * chunk_seconds;
}

// What became of a tick that was offered for a place.
enum class merge_result {
  stored,   // nobody had written, or a fingerprint replaced a gap
  present,  // the same bytes were there
  refused,  // another fingerprint was there
  kept,     // a gap was there, and another gap was offered
};

struct packed_tick {
  std::array<std::byte, fingerprint_bytes + 8> bytes;
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::byte> span() const noexcept {
    return std::span{bytes}.first(size);
  }
};
[[nodiscard]] packed_tick pack_tick(const stored_tick& tick);
// Into `tick`, whose channel and time are given; upon false it is a gap, `corrupt`.
[[nodiscard]] bool unpack_tick(std::span<const std::byte> packed, stored_tick& tick);

// Whether the tick that is offered may take the place of the one that is there.
[[nodiscard]] merge_result judge(const stored_tick& there, const stored_tick& offered);

// The checksum of a few numbers, for the small tables.
[[nodiscard]] std::int64_t checksum_of(std::initializer_list<std::int64_t> numbers);

class history_chunk {
 public:
  history_chunk(channel_number channel, std::int64_t number);

  [[nodiscard]] channel_number channel() const noexcept { return channel_; }
  [[nodiscard]] std::int64_t number() const noexcept { return number_; }
  [[nodiscard]] bool is_written(std::int64_t time) const { return states_[at(time)] != unwritten; }
  // Of a time that is written.
  [[nodiscard]] gap_reason reason(std::int64_t time) const {
    return static_cast<gap_reason>(states_[at(time)]);
  }
  [[nodiscard]] const fingerprint& bits(std::int64_t time) const { return bits_[at(time)]; }
  [[nodiscard]] merge_result merge(const stored_tick& offered);
  void fill(gap_reason reason);
  // Another place, all unwritten.
  void reset(channel_number channel, std::int64_t number);

  [[nodiscard]] std::vector<std::byte> pack() const;
  // For the present place; upon false every tick of it is a gap, `corrupt`.
  [[nodiscard]] bool unpack(std::span<const std::byte> packed);

 private:
  static constexpr std::uint8_t unwritten = 255;
  [[nodiscard]] std::size_t at(std::int64_t time) const;

  channel_number channel_;
  std::int64_t number_;
  std::array<std::uint8_t, chunk_seconds> states_;
  std::vector<fingerprint> bits_;
  std::vector<std::uint64_t> words_;  // the packed bytes, aligned; kept for its memory
};

}  // namespace reprise
