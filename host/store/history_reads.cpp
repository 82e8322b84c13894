#include "host/store/history_reads.hpp"

#include <algorithm>

namespace reprise {
namespace {

// Part of an outage: parts do not overlap, so that a tick counts once.
struct outage_part {
  outage span;
  std::int64_t written = 0;  // ticks in it that were written all the same
};

outcome<std::vector<outage_part>> outages_within(history_queries& at, std::int64_t from,
                                                 std::int64_t to) {
  std::vector<outage_part> parts;
  sqlite::cursor row = at.outages.select(from, to);
  std::int64_t begin = from;
  while (true) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return parts;
    const std::int64_t start = row.integer(0), end = row.integer(1), number = row.integer(2);
    if (checksum_of({start, end, number}) != row.integer(3)) continue;
    const auto reason = gap_reason_of(static_cast<std::uint8_t>(number));
    if (!reason) continue;
    const outage span{std::max(start, begin), std::min(end, to - 1), *reason};
    if (span.start > span.end) continue;
    parts.push_back({span, 0});
    begin = span.end + 1;
  }
}

struct newest_search {
  reader_tables& at;
  damage_count& damaged;
  channel_number channel;

  outcome<std::optional<std::int64_t>> in_rows() const;
  outcome<std::optional<std::int64_t>> in_chunks() const;
};

// Backwards through the chunk numbers that have rows at all.
outcome<std::optional<std::int64_t>> newest_search::in_rows() const {
  std::int64_t before = time_max;
  while (true) {
    std::int64_t number = 0;
    {
      sqlite::cursor row = at.queries.row_before.select(before);
      const auto found = row.next();
      if (!found) return found.error();
      if (!*found || row.is_null(0) || row.integer(0) < -time_max)
        return std::optional<std::int64_t>{};
      number = chunk_of(row.integer(0));
    }
    std::optional<std::int64_t> newest;
    const auto visited = visit_ticks(at.queries, damaged, channel, chunk_start(number),
                                     chunk_start(number + 1), [&](const stored_tick& tick) {
                                       if (tick.reason == gap_reason::none) newest = tick.time;
                                       return true;
                                     });
    if (!visited) return visited.error();
    if (newest) return newest;
    before = chunk_start(number);
  }
}

outcome<std::optional<std::int64_t>> newest_search::in_chunks() const {
  sqlite::cursor row = at.queries.chunks_before.select(channel, chunk_of(time_max));
  history_chunk chunk{channel, 0};
  while (true) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return std::optional<std::int64_t>{};
    const std::int64_t number = row.integer(0);
    chunk.reset(channel, number);
    if (!chunk.unpack(row.blob(1))) {
      damaged.note_chunk(channel, number);
      continue;
    }
    for (std::int64_t second = chunk_seconds - 1; second >= 0; --second) {
      const std::int64_t time = chunk_start(number) + second;
      if (chunk.is_written(time) && chunk.reason(time) == gap_reason::none)
        return std::optional{time};
    }
  }
}

outcome<std::optional<std::int64_t>> newest_row(reader_tables& at) {
  sqlite::cursor row = at.queries.newest_rows.select();
  while (true) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return std::optional<std::int64_t>{};
    // The time of a damaged row is not to be trusted.
    stored_tick tick{row.integer(1), row.integer(0), gap_reason::none, {}};
    if (unpack_tick(row.blob(2), tick)) return std::optional{tick.time};
  }
}

outcome<void> check_increasing(reader_tables& at, const char* sql) {
  auto all = at.db.prepare(sql);
  if (!all) return all.error();
  sqlite::cursor row = all->select();
  std::optional<std::pair<std::int64_t, std::int64_t>> last;
  while (true) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return {};
    const std::pair<std::int64_t, std::int64_t> key{row.integer(0), row.integer(1)};
    if (last && key <= *last) return at.db.failed(errc::data_malformed, "keys are out of order");
    last = key;
  }
}

}  // namespace

outcome<void> check_order(reader_tables& at) {
  const auto rows = check_increasing(at, "SELECT time, channel FROM recent ORDER BY time, channel");
  if (!rows) return rows;
  return check_increasing(at,
                          "SELECT channel, number FROM chunks INDEXED BY chunks_by_channel"
                          " ORDER BY channel, number");
}

outcome<gap_counts> count_gaps(reader_tables& at, damage_count& damaged, channel_number channel,
                               std::int64_t from, std::int64_t to) {
  gap_counts counts{};
  from = std::clamp(from, -time_max, time_max);
  to = std::clamp(to, -time_max, time_max);
  if (from >= to) return counts;
  auto parts = outages_within(at.queries, from, to);
  if (!parts) return parts.error();
  std::int64_t unwritten = to - from;
  auto part = parts->begin();
  const auto visited =
      visit_ticks(at.queries, damaged, channel, from, to, [&](const stored_tick& tick) {
        --unwritten;
        if (tick.reason != gap_reason::none) ++counts[static_cast<std::size_t>(tick.reason)];
        while (part != parts->end() && part->span.end < tick.time) ++part;
        if (part != parts->end() && part->span.start <= tick.time) ++part->written;
        return true;
      });
  if (!visited) return visited.error();
  for (const outage_part& each : *parts) {
    const std::int64_t count = each.span.end - each.span.start + 1 - each.written;
    counts[static_cast<std::size_t>(each.span.reason)] += static_cast<std::uint64_t>(count);
    unwritten -= count;
  }
  counts[static_cast<std::size_t>(gap_reason::absent)] += static_cast<std::uint64_t>(unwritten);
  return counts;
}

outcome<std::optional<history_extent>> find_extent(reader_tables& at, damage_count& damaged,
                                                   channel_number channel) {
  std::optional<history_extent> extent;
  const auto visited =
      visit_ticks(at.queries, damaged, channel, -time_max, time_max, [&](const stored_tick& tick) {
        if (tick.reason != gap_reason::none) return true;
        extent = {channel, tick.time, tick.time};
        return false;
      });
  if (!visited) return visited.error();
  if (!extent) return extent;
  const newest_search newest{at, damaged, channel};
  for (const auto in : {&newest_search::in_rows, &newest_search::in_chunks}) {
    const auto found = (newest.*in)();
    if (!found) return found.error();
    if (found->has_value()) extent->newest = std::max(extent->newest, **found);
  }
  return extent;
}

outcome<std::optional<std::int64_t>> find_newest_tick(reader_tables& at, damage_count& damaged) {
  const auto found = newest_row(at);
  if (!found) return found;
  std::optional<std::int64_t> newest = *found;
  auto chunks = at.db.prepare(
      "SELECT channel, number, data FROM chunks"
      " WHERE number = (SELECT max(number) FROM chunks)");
  if (!chunks) return chunks.error();
  sqlite::cursor row = chunks->select();
  history_chunk chunk{0, 0};
  while (true) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return newest;
    const std::int64_t number = row.integer(1);
    if (number > chunk_of(time_max) || number < chunk_of(-time_max)) continue;
    if (newest && *newest >= chunk_start(number + 1)) return newest;
    chunk.reset(row.integer(0), number);
    std::int64_t last = chunk_start(number + 1) - 1;
    if (!chunk.unpack(row.blob(2))) {
      damaged.note_chunk(chunk.channel(), number);
      last = chunk_start(number);  // it was written at some time from there on
    }
    while (last > chunk_start(number) && !chunk.is_written(last)) --last;
    newest = newest ? std::max(*newest, last) : last;
  }
}

}  // namespace reprise
