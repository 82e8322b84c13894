#include "host/match/history.hpp"

#include <cstring>

#include "host/match/assert.hpp"

namespace reprise {

history::history(memory_layout& layout, const rule& by, std::uint32_t slots)
    : slots_{slots},
      prefix_words_{by.prefix_words()},
      suffix_words_{by.suffix_words()},
      blocks_{layout.take<std::uint64_t>(std::size_t{slots} * by.suffix_words())},
      ids_{layout.take<prefix_id>(slots)},
      distances_{layout.take<std::uint32_t>(slots)},
      prefixes_{layout, slots, by.prefix_words(), process_hash_key()} {}

std::uint32_t history::slots_for(const rule& by, std::uint32_t window_seconds) noexcept {
  return (window_seconds + by.run + block_lanes - 1) / block_lanes * block_lanes;
}

std::size_t history::bytes_for(const rule& by, std::uint32_t slots) {
  memory_layout counted{nullptr};
  static_cast<void>(history{counted, by, slots});
  return counted.bytes();
}

result<history> history::make(const rule& by, std::uint32_t window_seconds,
                              mapped_memory::pages taken) {
  const std::uint32_t slots = slots_for(by, window_seconds);
  auto memory = mapped_memory::make(bytes_for(by, slots), taken);
  if (!memory) return errc::host_memory;
  memory_layout laid_out{memory->data()};
  history made{laid_out, by, slots};
  made.memory_ = std::move(*memory);
  return made;
}

void history::clear(std::int64_t time) noexcept {
  std::memset(ids_, 0, slots_ * sizeof(prefix_id));
  prefixes_.clear();
  newest_slot_ = 0;
  newest_time_ = time;
  seconds_ = 1;
}

void history::enter_slot(std::uint32_t slot) noexcept {
  if (ids_[slot] != prefix_missing) {
    prefixes_.remove(ids_[slot]);
    ids_[slot] = prefix_missing;
  }
  newest_slot_ = slot;
  if (seconds_ < slots_) ++seconds_;
}

void history::advance(std::int64_t time) noexcept {
  REPRISE_ASSERT(time > newest_time_);
  const std::int64_t steps = time - newest_time_;
  if (seconds_ == 0 || steps >= slots_) return clear(time);
  newest_time_ = time;
  for (std::int64_t step = 0; step < steps; ++step) {
    enter_slot(newest_slot_ + 1 == slots_ ? 0 : newest_slot_ + 1);
  }
}

void history::put_change(const std::uint64_t* change, std::uint64_t hash) noexcept {
  const std::uint32_t slot = newest_slot_;
  REPRISE_ASSERT(ids_[slot] == prefix_missing);
  std::uint32_t earlier = slot;
  const prefix_id id = prefixes_.add(change, hash, slot, earlier);
  ids_[slot] = id;
  if (prefixes_.count(id) > 1) {
    distances_[slot] = slot > earlier ? slot - earlier : slot + slots_ - earlier;
  } else {
    distances_[slot] = 0;
  }
  std::uint64_t* column = blocks_ + block_offset(slot, suffix_words_);
  for (std::uint32_t k = 0; k < suffix_words_; ++k) {
    column[std::size_t{k} * block_lanes] = change[prefix_words_ + k];
  }
}

void history::prefetch_next(std::uint64_t hash) const noexcept {
  prefixes_.prefetch(hash);
  const std::uint32_t slot = newest_slot_ + 1 == slots_ ? 0 : newest_slot_ + 1;
  __builtin_prefetch(distances_ + slot, 1);
  // What leaves the ring is mostly the last of its prefix, and must be found in the table.
  const prefix_id leaving = ids_[slot];
  if (leaving != prefix_missing && prefixes_.count(leaving) == 1) {
    prefixes_.prefetch(prefixes_.hash_of(leaving));
  }
  const std::uint64_t* column = blocks_ + block_offset(slot, suffix_words_);
  for (std::uint32_t k = 0; k < suffix_words_; ++k) __builtin_prefetch(column + k * block_lanes, 1);
}

void history::prefetch_after(std::uint32_t slot) const noexcept {
  const std::uint32_t next = slot + 1 == slots_ ? 0 : slot + 1;
  if (next % block_lanes != 0) return;
  __builtin_prefetch(ids_ + next);
  __builtin_prefetch(distances_ + next);
  prefetch_column(next);
}

}  // namespace reprise
