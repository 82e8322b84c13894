#include <algorithm>
#include <iterator>
#include <map>

#include "host/store/history_tables.hpp"

namespace reprise {
namespace {

// What one slice does at most: each is a few milliseconds.
constexpr std::int64_t channels_a_slice = 4;
constexpr std::int64_t rows_deleted_a_slice = 4'096;
constexpr std::int64_t chunks_deleted_a_slice = 32;

std::int64_t bounded(std::int64_t time) {
  return std::clamp(time, -time_max, time_max);
}

outcome<std::optional<std::int64_t>> time_of_row(writer_tables& at, std::int64_t offset) {
  sqlite::cursor row = at.time_of_row.select(offset);
  const auto found = row.next();
  if (!found) return found.error();
  if (!*found) return std::optional<std::int64_t>{};
  return std::optional{row.integer(0)};
}

// Deletes the oldest rows before `end`, whole seconds of them. Whether there were any.
outcome<bool> delete_rows(writer_tables& at, std::int64_t end) {
  const auto oldest = time_of_row(at, 0);
  if (!oldest) return oldest.error();
  if (!oldest->has_value() || **oldest >= end) return false;
  const auto beyond = time_of_row(at, rows_deleted_a_slice);
  if (!beyond) return beyond.error();
  // A second that alone has more rows than a slice goes at once.
  if (beyond->has_value()) end = std::min(end, std::max(**beyond, **oldest + 1));
  const auto deleted = at.delete_rows.run(end);
  if (!deleted) return deleted.error();
  return true;
}

outcome<bool> expire(writer_tables& at, std::int64_t before) {
  const auto rows = delete_rows(at, before);
  if (!rows || *rows) return rows;
  // The chunk that `before` lies in stays until all of it has expired.
  const auto chunks = at.expire_chunks.run(chunk_of(before), chunks_deleted_a_slice);
  if (!chunks) return chunks.error();
  bool any = at.db.changes() != 0;
  const auto outages = at.expire_outages.run(before);
  if (!outages) return outages.error();
  any = any || at.db.changes() != 0;
  return any;
}

outcome<std::optional<std::int64_t>> forgotten_at(writer_tables& at, channel_number channel) {
  return at.db.integer("SELECT time FROM forgotten WHERE channel = " + std::to_string(channel));
}

// Chunks are deleted by channel. Rows cannot be found by channel: folding leaves those of forgotten
// channels out, and the number is forgotten itself once no row is as old as that.
outcome<bool> remove_forgotten(writer_tables& at) {
  if (at.forgotten.empty()) return false;
  const auto oldest = time_of_row(at, 0);
  if (!oldest) return oldest.error();
  for (const channel_number channel : at.forgotten) {
    const auto deleted = at.delete_chunks.run(channel, chunks_deleted_a_slice);
    if (!deleted) return deleted.error();
    if (at.db.changes() != 0) return true;
    const auto when = forgotten_at(at, channel);
    if (!when) return when.error();
    if (oldest->has_value() && when->has_value() && **oldest <= **when) continue;
    const auto removed = at.delete_forgotten.run(channel);
    if (!removed) return removed.error();
    at.forgotten.erase(channel);
    return true;
  }
  return false;
}

// The next few channels that have rows in this chunk number: for each second the first few behind
// the position are read, of which the least few of all are complete.
using channel_rows = std::map<channel_number, std::vector<stored_tick>>;

outcome<channel_rows> rows_of_channels(writer_tables& at, damage_count& damaged,
                                       std::int64_t number, channel_number after) {
  channel_rows found;
  for (std::int64_t second = 0; second < chunk_seconds; ++second) {
    const std::int64_t time = chunk_start(number) + second;
    sqlite::cursor row = at.rows_of_second.select(time, after, channels_a_slice);
    while (true) {
      const auto more = row.next();
      if (!more) return more.error();
      if (!*more) break;
      stored_tick tick{row.integer(0), time, gap_reason::none, {}};
      if (!unpack_tick(row.blob(1), tick)) damaged.note_row(tick.channel, time);
      found[tick.channel].push_back(tick);
      if (found.size() > static_cast<std::size_t>(channels_a_slice))
        found.erase(std::prev(found.end()));
    }
  }
  return found;
}

outcome<void> fold_channel(writer_tables& at, std::int64_t number, channel_number channel,
                           const std::vector<stored_tick>& rows) {
  if (at.forgotten.contains(channel)) return {};
  {
    sqlite::cursor row = at.has_chunk.select(channel, number);
    const auto found = row.next();
    if (!found) return found.error();
    if (*found) return {};
  }
  history_chunk made{channel, number};
  for (const stored_tick& tick : rows) static_cast<void>(made.merge(tick));
  return add_chunk(at, made);
}

// The oldest rows' chunk number, where all of it is old enough.
outcome<bool> begin_fold(writer_tables& at, std::int64_t now) {
  const auto oldest = time_of_row(at, 0);
  if (!oldest) return oldest.error();
  if (!oldest->has_value()) return false;
  const std::int64_t number = chunk_of(bounded(**oldest));
  if (chunk_start(number + 1) + fold_age_seconds > now) return false;
  at.fold = {};
  at.fold.number = number;
  at.rows_begin = std::max(at.rows_begin, number + 1);
  return true;
}

outcome<bool> fold(writer_tables& at, damage_count& damaged, std::int64_t now) {
  if (!at.fold.number) {
    const auto begun = begin_fold(at, now);
    if (!begun || !*begun) return begun;
  }
  const std::int64_t number = *at.fold.number;
  if (!at.fold.deleting) {
    const auto found = rows_of_channels(at, damaged, number, at.fold.after);
    if (!found) return found.error();
    for (const auto& [channel, rows] : *found) {
      const auto folded = fold_channel(at, number, channel, rows);
      if (!folded) return folded.error();
      at.fold.after = channel;
    }
    if (!found->empty()) return true;
    at.fold.deleting = true;
  }
  const auto deleted = delete_rows(at, chunk_start(number + 1));
  if (!deleted) return deleted.error();
  if (!*deleted) at.fold = {};
  return true;
}

}  // namespace

outcome<bool> maintain_history(writer_tables& at, damage_count& damaged, std::int64_t now,
                               std::int64_t expire_before) {
  at.newest = std::max(at.newest, bounded(now));
  const auto expired = expire(at, bounded(expire_before));
  if (!expired || *expired) return expired;
  const auto removed = remove_forgotten(at);
  if (!removed || *removed) return removed;
  return fold(at, damaged, bounded(now));
}

}  // namespace reprise
