#include "host/store/history_write.hpp"

#include <algorithm>
#include <map>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

// From so many ticks of one chunk on, they go straight into it.
constexpr std::size_t dense_ticks = 60;

struct merge_counts {
  std::uint64_t stored = 0;
  std::uint64_t present = 0;
  std::uint64_t refused = 0;
  void add(merge_result result) {
    if (result == merge_result::stored) ++stored;
    if (result == merge_result::present) ++present;
    if (result == merge_result::refused) ++refused;
  }
};

outcome<merge_result> merge_row(writer_tables& at, damage_count& damaged,
                                const stored_tick& offered) {
  const packed_tick packed = pack_tick(offered);
  const auto added = at.add_row.run(offered.time, offered.channel, packed.span());
  if (!added) return added.error();
  if (at.db.changes() != 0) return merge_result::stored;
  stored_tick there{offered.channel, offered.time, gap_reason::corrupt, {}};
  {
    sqlite::cursor row = at.row_at.select(offered.time, offered.channel);
    const auto found = row.next();
    if (!found) return found.error();
    if (*found && !unpack_tick(row.blob(0), there)) damaged.note_row(offered.channel, offered.time);
  }
  const merge_result result = judge(there, offered);
  if (result == merge_result::stored) {
    const auto replaced = at.replace_row.run(packed.span(), offered.time, offered.channel);
    if (!replaced) return replaced.error();
  }
  return result;
}

outcome<void> merge_rows(writer_tables& at, damage_count& damaged,
                         std::span<const stored_tick> offered, merge_counts& counts) {
  for (const stored_tick& tick : offered) {
    const auto result = merge_row(at, damaged, tick);
    if (!result) return result.error();
    counts.add(*result);
  }
  return {};
}

// A chunk that is made takes over the rows of its ticks; from then on they count no more.
outcome<history_chunk> chunk_of_rows(writer_tables& at, damage_count& damaged,
                                     channel_number channel, std::int64_t number) {
  history_chunk made{channel, number};
  const auto bounds = bounds_of_rows(at.queries);
  if (!bounds) return bounds.error();
  const std::int64_t from = std::max(chunk_start(number), bounds->first);
  const std::int64_t to = std::min(chunk_start(number + 1), bounds->last + 1);
  const auto visited =
      visit_rows(at.queries, damaged, channel, from, to,
                 [&](const stored_tick& tick) { return made.merge(tick) == merge_result::stored; });
  if (!visited) return visited.error();
  return made;
}

// `offered`: ticks of one channel and one chunk. They become rows where no chunk counts and rows
// may still be written, unless they are many and old.
outcome<void> merge_group(writer_tables& at, damage_count& damaged,
                          std::span<const stored_tick> offered, merge_counts& counts) {
  const channel_number channel = offered.front().channel;
  const std::int64_t number = chunk_of(offered.front().time);
  if (number >= at.rows_begin && number >= at.chunks_end && offered.size() < dense_ticks)
    return merge_rows(at, damaged, offered, counts);
  std::optional<found_chunk> there;
  if (number < at.chunks_end) {
    auto found = find_chunk(at, damaged, channel, number);
    if (!found) return found.error();
    there = std::move(*found);
  }
  const bool is_old = chunk_start(number + 1) + fold_age_seconds <= at.newest;
  const bool makes_chunk = number < at.rows_begin || (is_old && offered.size() >= dense_ticks);
  if (!there && !makes_chunk) return merge_rows(at, damaged, offered, counts);
  if (!there) {
    auto made = chunk_of_rows(at, damaged, channel, number);
    if (!made) return made.error();
    there = found_chunk{0, std::move(*made)};
  }
  const std::uint64_t before = counts.stored;
  for (const stored_tick& tick : offered) counts.add(there->chunk.merge(tick));
  if (there->id == 0) return add_chunk(at, there->chunk);
  if (counts.stored == before) return {};
  const std::vector<std::byte> packed = there->chunk.pack();
  return at.replace_chunk.run(std::span{packed}, there->id);
}

outcome<void> merge_groups(writer_tables& at, damage_count& damaged,
                           std::span<const stored_tick> sorted, merge_counts& counts) {
  while (!sorted.empty()) {
    const stored_tick& first = sorted.front();
    const auto end = std::find_if(sorted.begin(), sorted.end(), [&](const stored_tick& tick) {
      return tick.channel != first.channel || chunk_of(tick.time) != chunk_of(first.time);
    });
    const auto count = static_cast<std::size_t>(end - sorted.begin());
    const auto merged = merge_group(at, damaged, sorted.first(count), counts);
    if (!merged) return merged;
    sorted = sorted.subspan(count);
  }
  return {};
}

}  // namespace

outcome<void> write_ticks(writer_tables& at, damage_count& damaged,
                          std::span<const stored_tick> batch, std::uint64_t& refused) {
  merge_counts counts;
  // The way of nearly all: rows of now, which no chunk can be in the place of.
  std::vector<stored_tick> others;
  for (const stored_tick& tick : batch) {
    REPRISE_ASSERT(tick.time > -time_max && tick.time < time_max);
    if (at.forgotten.contains(tick.channel)) continue;
    at.newest = std::max(at.newest, tick.time);
    const std::int64_t number = chunk_of(tick.time);
    if (number < at.chunks_end || number < at.rows_begin) {
      others.push_back(tick);
      continue;
    }
    const auto result = merge_row(at, damaged, tick);
    if (!result) return result.error();
    counts.add(*result);
  }
  // Stable: of two for one tick, the first one counts.
  std::stable_sort(others.begin(), others.end(), [](const stored_tick& a, const stored_tick& b) {
    return std::pair{a.channel, a.time} < std::pair{b.channel, b.time};
  });
  const auto merged = merge_groups(at, damaged, others, counts);
  if (!merged) return merged;
  refused += counts.refused;
  return {};
}

outcome<insert_counts> insert_ticks(writer_tables& at, damage_count& damaged,
                                    channel_number channel,
                                    std::span<const recorded_second> seconds) {
  if (seconds.empty() || at.forgotten.contains(channel)) return insert_counts{};
  std::vector<stored_tick> offered;
  offered.reserve(seconds.size());
  for (const recorded_second& second : seconds) {
    REPRISE_ASSERT(second.time > -time_max && second.time < time_max);
    REPRISE_ASSERT(offered.empty() || offered.back().time < second.time);
    offered.push_back({channel, second.time, gap_reason::none, second.bits});
  }
  at.newest = std::max(at.newest, offered.back().time);
  merge_counts counts;
  const auto merged = merge_groups(at, damaged, offered, counts);
  if (!merged) return merged.error();
  if (counts.refused != 0) {
    return failure{errc::data_conflict, std::to_string(counts.refused) + " of " +
                                            std::to_string(seconds.size()) +
                                            " seconds are stored with another fingerprint"};
  }
  return insert_counts{counts.stored, counts.present};
}

}  // namespace reprise
