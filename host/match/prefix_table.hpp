// The prefixes of one history, each stored once and named by an id, so that equality is exact and
// costs four bytes; with each, how many seconds have it and which is the latest.
//
// Shapes   a prefix is rule.prefix_words() words; ids are 1 to `ids_max`; slots are the history's
// Errors   none; asserted: no more than ids_max prefixes at once
// Threads  one at a time
// Owns     nothing: the memory is the history's
#pragma once

#include <cstdint>

#include "host/match/history_blocks.hpp"
#include "host/match/keyed_hash.hpp"
#include "host/match/mapped_memory.hpp"

namespace reprise {

class prefix_table {
 public:
  // `layout` without memory only counts bytes; the table may then not be used.
  prefix_table(memory_layout& layout, std::uint32_t ids_max, std::uint32_t prefix_words,
               const hash_key& key) noexcept;

  [[nodiscard]] std::uint64_t hash(const std::uint64_t* prefix) const noexcept {
    return keyed_hash(key_, prefix, prefix_words_);
  }
  // Fetches what add() of that hash reads first.
  void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&cells_[home(hash)]); }

  // Counts one more second, at `slot`, of that prefix, and names it. `earlier` is the slot that had
  // it last, valid where count(id) is now above 1.
  [[nodiscard]] prefix_id add(const std::uint64_t* prefix, std::uint64_t hash, std::uint32_t slot,
                              std::uint32_t& earlier) noexcept;
  // The hash of a prefix that has an id.
  [[nodiscard]] std::uint64_t hash_of(prefix_id id) const noexcept { return hash(prefix_of(id)); }
  // Counts one second less; the last one gives the id back.
  void remove(prefix_id id) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::uint32_t count(prefix_id id) const noexcept { return uses_[id].count; }

 private:
  // Linear probing, deletion by shifting back. id 0 is an empty cell; the tag is the low half of
  // the hash and holds the home.
  struct cell {
    prefix_id id;
    std::uint32_t tag;
  };
  struct use {
    std::uint32_t count;
    std::uint32_t latest;  // slot; of a free id: the next free one
  };

  [[nodiscard]] std::uint32_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>(hash) & mask_;
  }
  [[nodiscard]] const std::uint64_t* prefix_of(prefix_id id) const noexcept {
    return prefixes_ + static_cast<std::size_t>(id) * prefix_words_;
  }
  [[nodiscard]] prefix_id take_id() noexcept;
  void erase_cell(std::uint32_t at) noexcept;

  hash_key key_;
  std::uint32_t prefix_words_;
  std::uint32_t ids_max_;
  std::uint32_t mask_;
  std::uint32_t fresh_ = 1;  // ids from here on were never used
  prefix_id free_ = 0;       // head of the list of ids given back
  cell* cells_;
  use* uses_;
  std::uint64_t* prefixes_;
};

}  // namespace reprise
