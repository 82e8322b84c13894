// The history of one channel: a ring of change vectors over the window and the run, one slot a
// second, gaps included, with an exact index of their prefixes.
//
// Shapes   slot s of `slots()` (whole blocks, at least window + run) holds one second: its prefix
//          id, the distance in seconds to the previous second with that prefix, and its suffix in
//          blocks
// Errors   make: host_memory
// Threads  one at a time
// Owns     one mapping, sized once; appending allocates nothing
#pragma once

#include <cstdint>
#include <span>

#include "host/match/error.hpp"
#include "host/match/history_blocks.hpp"
#include "host/match/mapped_memory.hpp"
#include "host/match/prefix_table.hpp"
#include "host/match/rule.hpp"

namespace reprise {

class history {
 public:
  [[nodiscard]] static result<history> make(const rule& by, std::uint32_t window_seconds,
                                            mapped_memory::pages taken);

  // Moves to `time`, later than the newest second; the seconds between become gaps, in time bounded
  // by the ring. Then put_change() or nothing (a gap) for `time` itself.
  void advance(std::int64_t time) noexcept;
  // The change vector of the newest second; `hash` is prefixes().hash() of its prefix.
  void put_change(const std::uint64_t* change, std::uint64_t hash) noexcept;

  [[nodiscard]] const prefix_table& prefixes() const noexcept { return prefixes_; }
  [[nodiscard]] std::uint32_t slots() const noexcept { return slots_; }
  [[nodiscard]] std::int64_t newest_time() const noexcept { return newest_time_; }
  // Seconds since the oldest one that is still there, gaps included, the newest counted: at most
  // slots().
  [[nodiscard]] std::uint32_t seconds() const noexcept { return seconds_; }
  // The slot of the second that lies `back` before the newest; back < slots().
  [[nodiscard]] std::uint32_t slot_back(std::uint32_t back) const noexcept {
    return newest_slot_ >= back ? newest_slot_ - back : newest_slot_ + slots_ - back;
  }
  [[nodiscard]] prefix_id id(std::uint32_t slot) const noexcept { return ids_[slot]; }
  // Seconds to the previous one with the same prefix; 0 where there was none.
  [[nodiscard]] std::uint32_t distance(std::uint32_t slot) const noexcept {
    return distances_[slot];
  }
  [[nodiscard]] const std::uint64_t* column(std::uint32_t slot) const noexcept {
    return blocks_ + block_offset(slot, suffix_words_);
  }
  // The first `block_count` whole blocks.
  [[nodiscard]] history_view view(std::uint32_t block_count) const noexcept {
    return {blocks_, ids_, block_count};
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return memory_.bytes(); }
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_.span(); }
  [[nodiscard]] static std::uint32_t slots_for(const rule& by,
                                               std::uint32_t window_seconds) noexcept;
  [[nodiscard]] static std::size_t bytes_for(const rule& by, std::uint32_t slots);

  // Fetches what a search reads of the second after the one in this slot, where that begins new
  // cache lines: a candidate of this tick is likely to be one of the next.
  void prefetch_after(std::uint32_t slot) const noexcept;
  void prefetch_column(std::uint32_t slot) const noexcept {
    const std::uint64_t* first = column(slot);
    for (std::uint32_t k = 0; k < suffix_words_; ++k) {
      __builtin_prefetch(first + std::size_t{k} * block_lanes);
    }
  }
  // Fetches what the next advance() by one second and put_change() with that hash touch first.
  void prefetch_next(std::uint64_t hash) const noexcept;

 private:
  history(memory_layout& layout, const rule& by, std::uint32_t slots);

  void clear(std::int64_t time) noexcept;
  void enter_slot(std::uint32_t slot) noexcept;

  std::uint32_t slots_;
  std::uint32_t prefix_words_;
  std::uint32_t suffix_words_;
  std::uint32_t newest_slot_ = 0;
  std::uint32_t seconds_ = 0;
  std::int64_t newest_time_ = -1;
  std::uint64_t* blocks_;
  prefix_id* ids_;
  std::uint32_t* distances_;
  prefix_table prefixes_;
  mapped_memory memory_;
};

}  // namespace reprise
