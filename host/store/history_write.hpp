// How ticks get into the tables: as rows, or into the chunk that counts in their place.
//
// Shapes   ticks of a channel that is forgotten are left out without a word
// Errors   as sqlite.hpp; insert: data_conflict. The caller's transaction is to be undone then
// Threads  one at a time for each writer_tables
// Source   storage, docs/design.md
#pragma once

#include <span>

#include "host/store/history_tables.hpp"

namespace reprise {

// `refused` gets how many ticks met another fingerprint.
[[nodiscard]] outcome<void> write_ticks(writer_tables& at, damage_count& damaged,
                                        std::span<const stored_tick> batch, std::uint64_t& refused);

[[nodiscard]] outcome<insert_counts> insert_ticks(writer_tables& at, damage_count& damaged,
                                                  channel_number channel,
                                                  std::span<const recorded_second> seconds);

}  // namespace reprise
