#include "host/store/history_tables.hpp"

#include <algorithm>
#include <utility>

namespace reprise {
namespace {

// Schema version 1.
constexpr std::array steps = {
    "CREATE TABLE recent (time INTEGER NOT NULL, channel INTEGER NOT NULL, data BLOB NOT NULL,"
    "  PRIMARY KEY (time, channel)) WITHOUT ROWID;"
    "CREATE TABLE chunks (id INTEGER PRIMARY KEY, channel INTEGER NOT NULL,"
    "  number INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE UNIQUE INDEX chunks_by_channel ON chunks (channel, number);"
    "CREATE INDEX chunks_by_number ON chunks (number);"
    "CREATE TABLE outages (id INTEGER PRIMARY KEY, start INTEGER NOT NULL,"
    "  \"end\" INTEGER NOT NULL, reason INTEGER NOT NULL, checksum INTEGER NOT NULL);"
    "CREATE INDEX outages_by_start ON outages (start);"
    "CREATE TABLE forgotten (channel INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
    "  checksum INTEGER NOT NULL);"};

// "rprh"
constexpr sqlite::schema schema{0x7270'7268, steps};

struct wanted_statement {
  sqlite::statement& into;
  const char* sql;
};

outcome<void> prepare_all(sqlite::connection& db, std::initializer_list<wanted_statement> wanted) {
  for (const wanted_statement& each : wanted) {
    auto prepared = db.prepare(each.sql);
    if (!prepared) return prepared.error();
    each.into = std::move(*prepared);
  }
  return {};
}

outcome<void> prepare_writes(writer_tables& at) {
  return prepare_all(
      at.db,
      {{at.add_row, "INSERT INTO recent VALUES (?, ?, ?) ON CONFLICT DO NOTHING"},
       {at.row_at, "SELECT data FROM recent WHERE time = ? AND channel = ?"},
       {at.replace_row, "UPDATE recent SET data = ? WHERE time = ? AND channel = ?"},
       {at.chunk_at, "SELECT id, data FROM chunks WHERE channel = ? AND number = ?"},
       {at.has_chunk, "SELECT 1 FROM chunks WHERE channel = ? AND number = ?"},
       {at.add_chunk, "INSERT INTO chunks (channel, number, data) VALUES (?, ?, ?)"},
       {at.replace_chunk, "UPDATE chunks SET data = ? WHERE id = ?"},
       {at.rows_of_second,
        "SELECT channel, data FROM recent WHERE time = ? AND channel > ? ORDER BY channel LIMIT ?"},
       {at.time_of_row, "SELECT time FROM recent ORDER BY time, channel LIMIT 1 OFFSET ?"},
       {at.delete_rows, "DELETE FROM recent WHERE time < ?"},
       {at.expire_chunks,
        "DELETE FROM chunks WHERE id IN"
        " (SELECT id FROM chunks WHERE number < ? ORDER BY number LIMIT ?)"},
       {at.expire_outages, "DELETE FROM outages WHERE start < ?1 AND \"end\" < ?1"},
       {at.delete_chunks,
        "DELETE FROM chunks WHERE id IN (SELECT id FROM chunks WHERE channel = ? LIMIT ?)"},
       {at.add_outage,
        "INSERT INTO outages (start, \"end\", reason, checksum) VALUES (?, ?, ?, ?)"},
       {at.add_forgotten, "INSERT OR REPLACE INTO forgotten VALUES (?, ?, ?)"},
       {at.delete_forgotten, "DELETE FROM forgotten WHERE channel = ?"}});
}

outcome<void> read_forgotten(writer_tables& at) {
  auto all = at.db.prepare("SELECT channel, time, checksum FROM forgotten");
  if (!all) return all.error();
  sqlite::cursor row = all->select();
  while (true) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return {};
    // A damaged row might name a channel that lives.
    if (checksum_of({row.integer(0), row.integer(1)}) != row.integer(2)) continue;
    at.forgotten.insert(row.integer(0));
  }
}

}  // namespace

const sqlite::schema& history_schema() noexcept {
  return schema;
}

void damage_count::note_row(channel_number channel, std::int64_t time) {
  note(channel, chunk_of(time), "the row of second " + std::to_string(time));
}

void damage_count::note_chunk(channel_number channel, std::int64_t number) {
  note(channel, number,
       "the chunk of seconds " + std::to_string(chunk_start(number)) + " to " +
           std::to_string(chunk_start(number + 1) - 1));
}

void damage_count::note(channel_number channel, std::int64_t number, const std::string& place) {
  const std::lock_guard held{mutex_};
  if (seen_.size() >= remembered_max) seen_.clear();
  if (!seen_.emplace(channel, number).second) return;
  ++count_;
  if (first_place_.empty())
    first_place_ = "channel number " + std::to_string(channel) + ", " + place;
}

std::optional<std::string> damage_count::take_news() {
  const std::lock_guard held{mutex_};
  if (first_place_.empty()) return std::nullopt;
  std::string news = std::exchange(first_place_, {});
  const std::uint64_t others = count_ - std::exchange(told_, count_.load()) - 1;
  if (others > 0) news += ", and " + std::to_string(others) + " more places";
  return news;
}

outcome<history_queries> history_queries::prepare(sqlite::connection& db) {
  history_queries made;
  const auto prepared = prepare_all(
      db,
      {{made.chunks_between,
        "SELECT number, data FROM chunks WHERE channel = ? AND number BETWEEN ? AND ?"
        " ORDER BY number"},
       {made.chunks_before,
        "SELECT number, data FROM chunks WHERE channel = ? AND number <= ?"
        " ORDER BY number DESC"},
       {made.row_from,
        "SELECT time, channel, data FROM recent WHERE (time, channel) >= (?, ?)"
        " ORDER BY time, channel LIMIT 1"},
       {made.row_bounds, "SELECT (SELECT min(time) FROM recent), (SELECT max(time) FROM recent)"},
       {made.row_before, "SELECT max(time) FROM recent WHERE time < ?"},
       {made.newest_rows,
        "SELECT time, channel, data FROM recent ORDER BY time DESC, channel DESC"},
       {made.outages,
        "SELECT start, \"end\", reason, checksum FROM outages WHERE start < ?2 AND \"end\" >= ?1"
        " ORDER BY start, id"}});
  if (!prepared) return prepared.error();
  return made;
}

outcome<row_range> bounds_of_rows(history_queries& at) {
  sqlite::cursor row = at.row_bounds.select();
  const auto found = row.next();
  if (!found) return found.error();
  if (!*found || row.is_null(0)) return row_range{};
  return row_range{row.integer(0), row.integer(1)};
}

outcome<std::unique_ptr<reader_tables>> reader_tables::open(const std::string& path,
                                                            const sqlite::open_options& options) {
  auto db = sqlite::connection::open_reader(path, schema, options);
  if (!db) return db.error();
  auto queries = history_queries::prepare(*db);
  if (!queries) return queries.error();
  return std::unique_ptr<reader_tables>{new reader_tables{std::move(*db), std::move(*queries)}};
}

outcome<std::unique_ptr<writer_tables>> writer_tables::open(const std::string& path,
                                                            const sqlite::open_options& options) {
  auto db = sqlite::connection::open_writer(path, schema, options);
  if (!db) return db.error();
  auto queries = history_queries::prepare(*db);
  if (!queries) return queries.error();
  std::unique_ptr<writer_tables> made{new writer_tables{std::move(*db), std::move(*queries)}};
  if (const auto prepared = prepare_writes(*made); !prepared) return prepared.error();
  if (const auto read = read_forgotten(*made); !read) return read.error();
  const auto greatest = made->db.integer("SELECT max(number) FROM chunks");
  if (!greatest) return greatest.error();
  if (greatest->has_value()) {
    const std::int64_t number = std::clamp(**greatest, chunk_of(-time_max), chunk_of(time_max));
    made->chunks_end = number + 1;
    made->newest = chunk_start(number);
  }
  const auto rows = bounds_of_rows(made->queries);
  if (!rows) return rows.error();
  if (rows->first <= rows->last) made->newest = std::max(made->newest, rows->last);
  return made;
}

outcome<std::optional<found_chunk>> find_chunk(writer_tables& at, damage_count& damaged,
                                               channel_number channel, std::int64_t number) {
  sqlite::cursor row = at.chunk_at.select(channel, number);
  const auto found = row.next();
  if (!found) return found.error();
  if (!*found) return std::optional<found_chunk>{};
  found_chunk read{row.integer(0), history_chunk{channel, number}};
  if (!read.chunk.unpack(row.blob(1))) damaged.note_chunk(channel, number);
  return std::optional{std::move(read)};
}

outcome<void> add_chunk(writer_tables& at, const history_chunk& added) {
  const std::vector<std::byte> packed = added.pack();
  at.chunks_end = std::max(at.chunks_end, added.number() + 1);
  return at.add_chunk.run(added.channel(), added.number(), std::span{packed});
}

}  // namespace reprise
