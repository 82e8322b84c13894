#include <algorithm>

#include "host/store/history_tables.hpp"

namespace reprise {
namespace {

// Not what a sound file gives: the caller has what can be read rescued.
failure out_of_order() {
  return {errc::data_malformed, "history.db: rows are out of order"};
}

// Calls `visit` for each written tick of the chunk in [from, to); false where it has ended it.
bool visit_chunk(const history_chunk& chunk, std::int64_t from, std::int64_t to,
                 const tick_visitor& visit) {
  const std::int64_t begin = std::max(from, chunk_start(chunk.number()));
  const std::int64_t end = std::min(to, chunk_start(chunk.number() + 1));
  for (std::int64_t time = begin; time < end; ++time) {
    if (!chunk.is_written(time)) continue;
    if (!visit({chunk.channel(), time, chunk.reason(time), chunk.bits(time)})) return false;
  }
  return true;
}

}  // namespace

// Rows lie in the order of time, so that a channel's are far apart: each is sought by itself, and
// what the seek has found instead tells how far to go on.
outcome<bool> visit_rows(history_queries& at, damage_count& damaged, channel_number channel,
                         std::int64_t from, std::int64_t to, const tick_visitor& visit) {
  std::int64_t time = from;
  while (time < to) {
    sqlite::cursor row = at.row_from.select(time, channel);
    const auto found = row.next();
    if (!found) return found.error();
    if (!*found) return true;
    const tick_place place{row.integer(0), row.integer(1)};
    if (place < tick_place{time, channel}) return out_of_order();
    if (place.time >= to) return true;
    if (place.channel == channel) {
      stored_tick tick{channel, place.time, gap_reason::none, {}};
      if (!unpack_tick(row.blob(2), tick)) damaged.note_row(channel, place.time);
      if (!visit(tick)) return false;
    }
    const bool is_later = place.channel < channel;  // of that time, this channel's may follow
    time = is_later ? place.time : place.time + 1;
  }
  return true;
}

outcome<void> visit_ticks(history_queries& at, damage_count& damaged, channel_number channel,
                          std::int64_t from, std::int64_t to, const tick_visitor& visit) {
  // Stored times are within: what callers name beyond is cut, so that no sum overflows.
  from = std::clamp(from, -time_max, time_max);
  to = std::clamp(to, -time_max, time_max);
  if (from >= to) return {};
  const auto rows = bounds_of_rows(at);
  if (!rows) return rows.error();
  const auto rows_until = [&](std::int64_t end) -> outcome<bool> {
    return visit_rows(at, damaged, channel, std::max(from, rows->first),
                      std::min(end, std::min(rows->last, time_max) + 1), visit);
  };
  history_chunk chunk{channel, 0};
  sqlite::cursor stored = at.chunks_between.select(channel, chunk_of(from), chunk_of(to - 1));
  while (true) {
    const auto more = stored.next();
    if (!more) return more.error();
    if (!*more) break;
    const std::int64_t number = stored.integer(0);
    if (number < chunk_of(from) || number > chunk_of(to - 1)) return out_of_order();
    const auto between = rows_until(chunk_start(number));
    if (!between) return between.error();
    if (!*between) return {};
    chunk.reset(channel, number);
    if (!chunk.unpack(stored.blob(1))) damaged.note_chunk(channel, number);
    if (!visit_chunk(chunk, from, to, visit)) return {};
    from = chunk_start(number + 1);
  }
  const auto last = rows_until(to);
  if (!last) return last.error();
  return {};
}

}  // namespace reprise
