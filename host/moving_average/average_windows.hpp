// The configured windows' averages in library.db: brought up to what the sums of the minutes say.
//
// Errors   those of sqlite.hpp; out_of_range beyond duration_counts_max
// Threads  as the connection; inside one of its write transactions
#pragma once

#include <cstdint>
#include <span>

#include "host/moving_average/event_tables.hpp"

namespace reprise {

// Makes those that are missing, and drops those of other windows.
[[nodiscard]] outcome<void> align_windows(sqlite::connection& db, event_writing_tables& on,
                                          std::span<const std::uint32_t> windows);

}  // namespace reprise
