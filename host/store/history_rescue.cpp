#include "host/store/history_rescue.hpp"

#include <algorithm>

#include "host/printable.hpp"
#include "host/store/file_layer.hpp"
#include "host/store/history_tables.hpp"

namespace reprise {
namespace {

constexpr std::uint32_t rows_a_transaction = 4'096;
// Where a page cannot be read, what lies behind it is sought in steps that double: so many tries
// without a row cross any file.
constexpr int tries_max = 60;

std::string rescue_path(const std::string& path) {
  return path + ".rescue";
}

struct rescue_counts {
  std::uint64_t ticks = 0;
  std::uint64_t chunks = 0;
  std::uint64_t chunks_lost = 0;
  std::uint64_t holes = 0;
};

class rescue {
 public:
  rescue(sqlite::connection& from, writer_tables& into) : from_{from}, into_{into} {}

  [[nodiscard]] outcome<rescue_counts> run();

 private:
  // Failures of these are those of the new file; what the damaged one lacks is passed over.
  outcome<void> copy_chunks();
  outcome<void> copy_listed_chunks();
  outcome<void> copy_rows();
  outcome<void> copy_outages();
  outcome<void> copy_forgotten();
  outcome<void> add_hole(std::int64_t start, std::int64_t end);
  outcome<void> step();
  outcome<void> renew();

  sqlite::connection& from_;
  writer_tables& into_;
  rescue_counts counts_;
  std::uint32_t rows_ = 0;
  std::optional<sqlite::transaction> writing_;
};

outcome<void> rescue::renew() {
  if (writing_) {
    if (const auto done = writing_->commit(); !done) return done;
    writing_.reset();
    const auto bound = into_.db.bound_wal(wal_pages_busy, wal_pages_max);
    if (!bound) return bound;
  }
  auto begun = sqlite::transaction::begin_write(into_.db);
  if (!begun) return begun.error();
  writing_.emplace(std::move(*begun));
  return {};
}

outcome<void> rescue::step() {
  if (++rows_ % rows_a_transaction != 0) return {};
  return renew();
}

outcome<void> rescue::add_hole(std::int64_t start, std::int64_t end) {
  ++counts_.holes;
  constexpr auto reason = static_cast<std::int64_t>(gap_reason::corrupt);
  return into_.add_outage.run(start, end, reason, checksum_of({start, end, reason}));
}

outcome<void> rescue::copy_chunks() {
  auto rows =
      from_.prepare("SELECT id, channel, number, data FROM chunks WHERE id >= ? ORDER BY id");
  if (!rows) return {};
  std::int64_t next = 1;
  std::int64_t jump = 1;
  for (int tries = 0; tries < tries_max; ++tries) {
    sqlite::cursor row = rows->select(next);
    while (true) {
      const auto more = row.next();
      if (!more) break;
      if (!*more) return {};
      if (row.integer(0) < next) break;
      next = row.integer(0) + 1;
      jump = 1;
      tries = 0;
      history_chunk chunk{row.integer(1), row.integer(2)};
      if (!chunk.unpack(row.blob(3))) continue;
      // One that is there twice has two places in a damaged tree.
      {
        sqlite::cursor there = into_.has_chunk.select(chunk.channel(), chunk.number());
        const auto found = there.next();
        if (!found) return found.error();
        if (*found) continue;
      }
      if (const auto added = add_chunk(into_, chunk); !added) return added;
      ++counts_.chunks;
      if (const auto stepped = step(); !stepped) return stepped;
    }
    next += jump;
    jump *= 2;
  }
  return {};
}

// The index lists chunks on pages of its own.
outcome<void> rescue::copy_listed_chunks() {
  auto rows = from_.prepare(
      "SELECT channel, number FROM chunks INDEXED BY chunks_by_channel"
      " ORDER BY channel, number");
  if (!rows) return {};
  sqlite::cursor row = rows->select();
  while (true) {
    const auto more = row.next();
    if (!more || !*more) return {};
    history_chunk lost{row.integer(0), row.integer(1)};
    {
      sqlite::cursor there = into_.has_chunk.select(lost.channel(), lost.number());
      const auto found = there.next();
      if (!found) return found.error();
      if (*found) continue;
    }
    lost.fill(gap_reason::corrupt);
    if (const auto added = add_chunk(into_, lost); !added) return added;
    ++counts_.chunks_lost;
    if (const auto stepped = step(); !stepped) return stepped;
  }
}

outcome<void> rescue::copy_rows() {
  auto rows = from_.prepare(
      "SELECT time, channel, data FROM recent WHERE (time, channel) >= (?, ?)"
      " ORDER BY time, channel");
  if (!rows) return {};
  constexpr auto first_channel = std::numeric_limits<channel_number>::min();
  tick_place next{-time_max, first_channel};
  bool in_hole = false;
  std::int64_t hole_start = 0;
  std::int64_t jump = 1;
  for (int tries = 0; tries < tries_max; ++tries) {
    sqlite::cursor row = rows->select(next.time, next.channel);
    while (true) {
      const auto more = row.next();
      if (!more) break;
      const bool at_end = !*more;
      const tick_place place{at_end ? 0 : row.integer(0), at_end ? 0 : row.integer(1)};
      if (at_end || place.time > time_max) return {};
      if (place < next) break;
      stored_tick tick{place.channel, place.time, gap_reason::none, {}};
      if (in_hole) {
        if (const auto added = add_hole(hole_start, place.time); !added) return added;
        in_hole = false;
      }
      if (unpack_tick(row.blob(2), tick)) {
        const auto added = into_.add_row.run(place.time, place.channel, row.blob(2));
        if (!added) return added;
        ++counts_.ticks;
      }
      next = {place.time, place.channel + 1};
      jump = 1;
      tries = 0;
      if (const auto stepped = step(); !stepped) return stepped;
    }
    if (!in_hole && next.time > -time_max) {
      in_hole = true;
      hole_start = next.time;
    }
    next = {next.time + jump, first_channel};
    if (next.time > time_max) return {};
    jump *= 2;
  }
  return {};
}

outcome<void> rescue::copy_outages() {
  auto rows = from_.prepare("SELECT start, \"end\", reason, checksum FROM outages");
  if (!rows) return {};
  sqlite::cursor row = rows->select();
  while (true) {
    const auto more = row.next();
    if (!more || !*more) return {};
    const std::int64_t start = row.integer(0), end = row.integer(1), reason = row.integer(2);
    const std::int64_t sum = checksum_of({start, end, reason});
    if (sum != row.integer(3)) continue;
    if (const auto added = into_.add_outage.run(start, end, reason, sum); !added) return added;
  }
}

outcome<void> rescue::copy_forgotten() {
  auto rows = from_.prepare("SELECT channel, time, checksum FROM forgotten");
  if (!rows) return {};
  sqlite::cursor row = rows->select();
  while (true) {
    const auto more = row.next();
    if (!more || !*more) return {};
    const std::int64_t channel = row.integer(0), time = row.integer(1);
    const std::int64_t sum = checksum_of({channel, time});
    if (sum != row.integer(2)) continue;
    if (const auto added = into_.add_forgotten.run(channel, time, sum); !added) return added;
  }
}

outcome<rescue_counts> rescue::run() {
  if (const auto begun = renew(); !begun) return begun.error();
  for (const auto part : {&rescue::copy_chunks, &rescue::copy_listed_chunks, &rescue::copy_rows,
                          &rescue::copy_outages, &rescue::copy_forgotten}) {
    if (const auto copied = (this->*part)(); !copied) return copied.error();
  }
  if (const auto done = writing_->commit(); !done) return done.error();
  writing_.reset();
  // Whole and synced before it takes the other's place.
  const auto synced = into_.db.checkpoint(sqlite::checkpoint_kind::truncate);
  if (!synced) return synced.error();
  return counts_;
}

outcome<void> remove_database(const std::string& path, const std::string& vfs) {
  for (const char* part : {"-wal", "-shm", "-journal", ""}) {
    if (const auto removed = sqlite::remove_file(vfs, path + part); !removed) return removed;
  }
  return {};
}

// The damaged file goes first: from then on the new one is the history, whatever happens.
outcome<void> change_places(const std::string& path, const std::string& vfs,
                            const std::string& aside) {
  if (sqlite::file_exists(vfs, path)) {
    if (const auto moved = sqlite::rename_file(vfs, path, aside); !moved) return moved;
  }
  // Its log would be taken for the new file's.
  if (sqlite::file_exists(vfs, path + "-wal")) {
    const auto moved = sqlite::rename_file(vfs, path + "-wal", aside + "-wal");
    if (!moved) return moved;
  }
  if (const auto removed = sqlite::remove_file(vfs, path + "-shm"); !removed) return removed;
  return sqlite::rename_file(vfs, rescue_path(path), path);
}

std::string name_aside(const std::string& path, const std::string& vfs, std::int64_t unix_time) {
  std::string name;
  do {
    name = path + ".corrupt-" + std::to_string(unix_time++);
  } while (sqlite::file_exists(vfs, name));
  return name;
}

outcome<rescue_counts> copy_all(const std::string& path, const std::string& vfs) {
  auto from = sqlite::connection::open_as_it_is(path, {.vfs = vfs});
  if (!from) return from.error();
  auto into = writer_tables::open(rescue_path(path),
                                  {.vfs = vfs, .cache_bytes = history_writer_cache_bytes});
  if (!into) return into.error();
  auto counts = rescue{*from, **into}.run();
  return counts;
}

}  // namespace

outcome<std::string> rescue_history(const std::string& path, const std::string& vfs,
                                    std::int64_t unix_time) {
  if (const auto removed = remove_database(rescue_path(path), vfs); !removed)
    return removed.error();
  const auto counts = copy_all(path, vfs);
  if (!counts) return counts.error();
  const std::string aside = name_aside(path, vfs, unix_time);
  if (const auto changed = change_places(path, vfs, aside); !changed) return changed.error();
  return printable(path) + " was damaged: saved " + std::to_string(counts->chunks) +
         " chunks and " + std::to_string(counts->ticks) + " ticks, lost " +
         std::to_string(counts->chunks_lost) + " chunks and the ticks of " +
         std::to_string(counts->holes) + " spans; the damaged file is " + printable(aside);
}

outcome<void> finish_rescue(const std::string& path, const std::string& vfs) {
  if (!sqlite::file_exists(vfs, rescue_path(path))) return {};
  if (sqlite::file_exists(vfs, path)) return remove_database(rescue_path(path), vfs);
  return change_places(path, vfs, name_aside(path, vfs, 0));
}

}  // namespace reprise
