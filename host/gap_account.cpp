#include "host/gap_account.hpp"

#include <algorithm>

namespace reprise {

gap_span gap_span_of(const channel_entry& entry, std::int64_t now,
                     std::uint32_t window_seconds) noexcept {
  return {entry.number, entry.created_at, now - window_seconds,
          entry.durable_through ? *entry.durable_through + 1 : entry.created_at};
}

void count_gaps_of(channel_entry& entry, const gap_counts& counted) noexcept {
  entry.gaps = counted;
  entry.degraded = counted[static_cast<std::size_t>(gap_reason::corrupt)] > 0;
}

outcome<gap_counts> count_gaps(history_reader& history, const gap_span& within) {
  const auto extent = history.extent(within.channel);
  if (!extent) return extent.error();
  const std::int64_t begun =
      *extent ? std::min(within.created_at, (*extent)->oldest) : within.created_at;
  const std::int64_t from = std::max(begun, within.window_from);
  if (from >= within.to) return gap_counts{};
  auto counted = history.gaps(within.channel, from, within.to);
  if (!counted || from != within.created_at) return counted;
  const auto first = history.gaps(within.channel, from, from + 1);
  if (!first) return first.error();
  constexpr auto absent = static_cast<std::size_t>(gap_reason::absent);
  (*counted)[absent] -= (*first)[absent];
  return counted;
}

}  // namespace reprise
