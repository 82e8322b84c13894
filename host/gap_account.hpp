// The gaps of a channel as people are told of them: from when it was made, or from its oldest
// fingerprint where that is earlier, to its newest tick on disk, within its window. The second in
// which it was made is no gap for want of anything that was written of it.
//
// Errors   as history_reader
// Threads  the reader executor
#pragma once

#include "host/channel_book.hpp"
#include "host/store/history_store.hpp"

namespace reprise {

struct gap_span {
  channel_number channel = 0;
  std::int64_t created_at = 0;
  std::int64_t window_from = 0;
  std::int64_t to = 0;  // exclusive
};

// The span of an entry whose window is that long. Ticks that are not on disk yet do not count.
[[nodiscard]] gap_span gap_span_of(const channel_entry& entry, std::int64_t now,
                                   std::uint32_t window_seconds) noexcept;
// The counts become the entry's, and tell whether its history was damaged. On the core executor.
void count_gaps_of(channel_entry& entry, const gap_counts& counted) noexcept;
[[nodiscard]] outcome<gap_counts> count_gaps(history_reader& history, const gap_span& within);

}  // namespace reprise
