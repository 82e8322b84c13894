// The questions that a history_reader answers, on its tables.
//
// Shapes   as history_store.hpp
// Errors   as sqlite.hpp
// Threads  one at a time for each reader_tables
#pragma once

#include <optional>

#include "host/store/history_tables.hpp"

namespace reprise {

[[nodiscard]] outcome<gap_counts> count_gaps(reader_tables& at, damage_count& damaged,
                                             channel_number channel, std::int64_t from,
                                             std::int64_t to);
[[nodiscard]] outcome<std::optional<history_extent>> find_extent(reader_tables& at,
                                                                 damage_count& damaged,
                                                                 channel_number channel);
[[nodiscard]] outcome<std::optional<std::int64_t>> find_newest_tick(reader_tables& at,
                                                                    damage_count& damaged);

// Goes through what is sought by its order: all rows, which are those of some minutes, and the list
// of chunks. data_malformed where the order is broken: what is written into such a tree is lost.
[[nodiscard]] outcome<void> check_order(reader_tables& at);

}  // namespace reprise
