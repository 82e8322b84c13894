// The tables of history.db and what is prepared on them.
//
// Shapes   recent: one row a tick in the order of (time, channel). chunks: one row for ten minutes
//          of one channel. Where there is a chunk, it alone counts: rows of its ticks are what
//          folding has left behind and not yet deleted. outages: both ends inclusive. forgotten:
//          channels on their way out, and the newest tick when they went
// Errors   as sqlite.hpp
// Threads  one at a time for each object
// Owns     their connection and statements
// Source   storage, docs/design.md
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/store/history_chunk.hpp"
#include "host/store/history_store.hpp"
#include "host/store/sqlite.hpp"

namespace reprise {

[[nodiscard]] const sqlite::schema& history_schema() noexcept;

inline constexpr std::uint32_t history_page_bytes = 4'096;
inline constexpr std::uint32_t history_writer_cache_bytes = 64u << 20;  // some minutes of rows
inline constexpr std::uint32_t history_reader_cache_bytes = 8u << 20;

// The last one in the order of time and channel, for comparison with what a seek has found.
struct tick_place {
  std::int64_t time = 0;
  channel_number channel = 0;
  friend auto operator<=>(const tick_place&, const tick_place&) = default;
};

// Places whose bytes failed their checksum: each chunk counts once, and so do the rows of its
// seconds together. Any thread.
class damage_count {
 public:
  void note_row(channel_number channel, std::int64_t time);
  void note_chunk(channel_number channel, std::int64_t number);
  [[nodiscard]] std::uint64_t count() const noexcept { return count_.load(); }
  // The first place that was counted since this was last asked, and how many came behind it.
  [[nodiscard]] std::optional<std::string> take_news();

 private:
  void note(channel_number channel, std::int64_t number, const std::string& place);

  static constexpr std::size_t remembered_max = 100'000;  // beyond, one may be counted twice
  std::mutex mutex_;
  std::set<std::pair<channel_number, std::int64_t>> seen_;
  std::atomic<std::uint64_t> count_ = 0;
  std::uint64_t told_ = 0;   // of the count
  std::string first_place_;  // of those that are not told; empty: all are
};

// How ticks are read, by the reader and by the writer alike.
struct history_queries {
  [[nodiscard]] static outcome<history_queries> prepare(sqlite::connection& db);

  sqlite::statement chunks_between;  // channel, first, last: number, data
  sqlite::statement chunks_before;   // channel, last: number, data; newest first
  sqlite::statement row_from;     // time, channel: time, channel, data of the first from there on
  sqlite::statement row_bounds;   // least and greatest time of recent; null, null
  sqlite::statement row_before;   // time: the greatest time before
  sqlite::statement newest_rows;  // time, channel, data; newest first
  sqlite::statement outages;      // from, to: start, end, reason, checksum; by start
};

struct row_range {
  std::int64_t first = 0;
  std::int64_t last = -1;  // inclusive: none where it is less than the first
};
[[nodiscard]] outcome<row_range> bounds_of_rows(history_queries& at);

// Takes one written tick, and tells whether to go on.
using tick_visitor = std::function<bool(const stored_tick&)>;

// Rows of one channel with times in [from, to), in order, whether a chunk counts there or not.
// False where the visitor has ended it.
[[nodiscard]] outcome<bool> visit_rows(history_queries& at, damage_count& damaged,
                                       channel_number channel, std::int64_t from, std::int64_t to,
                                       const tick_visitor& visit);
// All written ticks of one channel with times in [from, to), in order.
[[nodiscard]] outcome<void> visit_ticks(history_queries& at, damage_count& damaged,
                                        channel_number channel, std::int64_t from, std::int64_t to,
                                        const tick_visitor& visit);

struct reader_tables {
  sqlite::connection db;
  history_queries queries;
  [[nodiscard]] static outcome<std::unique_ptr<reader_tables>> open(
      const std::string& path, const sqlite::open_options& options);
};

// Folding goes through the rows of one chunk number, channel by channel, and then deletes them.
struct fold_position {
  std::optional<std::int64_t> number;  // none: nothing is being folded
  channel_number after = std::numeric_limits<channel_number>::min();
  bool deleting = false;
};

struct writer_tables {
  sqlite::connection db;
  history_queries queries;
  sqlite::statement add_row;           // time, channel, data; nothing where there is one
  sqlite::statement row_at;            // time, channel: data
  sqlite::statement replace_row;       // data, time, channel
  sqlite::statement chunk_at;          // channel, number: id, data
  sqlite::statement has_chunk;         // channel, number
  sqlite::statement add_chunk;         // channel, number, data
  sqlite::statement replace_chunk;     // data, id
  sqlite::statement rows_of_second;    // time, channel, count: channel, data behind that channel
  sqlite::statement time_of_row;       // offset, from the oldest on
  sqlite::statement delete_rows;       // before this time
  sqlite::statement expire_chunks;     // before this number, count
  sqlite::statement expire_outages;    // before this time
  sqlite::statement delete_chunks;     // channel, count
  sqlite::statement add_outage;        // start, end, reason, checksum
  sqlite::statement add_forgotten;     // channel, time, checksum
  sqlite::statement delete_forgotten;  // channel

  std::set<channel_number> forgotten;
  // No chunk has this number or a greater one.
  std::int64_t chunks_end = std::numeric_limits<std::int64_t>::min();
  // No row may be added to chunk numbers before this one: folding has gone past them.
  std::int64_t rows_begin = std::numeric_limits<std::int64_t>::min();
  // The newest time that was ever written or named as now.
  std::int64_t newest = std::numeric_limits<std::int64_t>::min();
  fold_position fold;

  [[nodiscard]] static outcome<std::unique_ptr<writer_tables>> open(
      const std::string& path, const sqlite::open_options& options);
};

// One slice of work, one transaction. Whether something was done.
[[nodiscard]] outcome<bool> maintain_history(writer_tables& at, damage_count& damaged,
                                             std::int64_t now, std::int64_t expire_before);

// How old the newest tick of a chunk must be for its rows to be folded, and for pushed ticks to
// go straight into it.
inline constexpr std::int64_t fold_age_seconds = 300;

// The WAL is checkpointed by maintenance from the first on, by whoever writes from the second on;
// readers are waited for from the third on.
inline constexpr std::uint32_t wal_pages_calm = 1'000;
inline constexpr std::uint32_t wal_pages_busy = 4'000;
inline constexpr std::uint32_t wal_pages_max = 16'384;

// The chunk as it is stored, or nothing; a damaged one is all gaps, `corrupt`.
struct found_chunk {
  std::int64_t id = 0;
  history_chunk chunk;
};
[[nodiscard]] outcome<std::optional<found_chunk>> find_chunk(writer_tables& at,
                                                             damage_count& damaged,
                                                             channel_number channel,
                                                             std::int64_t number);
[[nodiscard]] outcome<void> add_chunk(writer_tables& at, const history_chunk& added);

}  // namespace reprise
