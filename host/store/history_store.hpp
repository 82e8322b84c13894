// The durable history: which fingerprint, or which gap, every channel has at every tick of its
// window. history.db in the data directory.
//
// Shapes   a tick is (channel, time) and either 128 bytes or a reason; a tick that nobody wrote is
//          neither. `from` inclusive, `to` exclusive
// Errors   storage_full, io_failed with the file and SQLite's words; data_conflict (insert: another
//          fingerprint is there). After a failed sync the connection is closed and opened anew
//          before anything else is written; a second one within a minute is storage_lost, upon
//          which the process must end
// Threads  history_writer: one at a time, on the history executor. history_reader: likewise on the
//          reader executor; both at once
// Owns     one connection each; only the writer writes and checkpoints
// Source   storage, docs/design.md
//
// Layout: ticks of the last minutes are rows in the order of time, so that a batch is appended to
// one place; behind them, ten minutes of one channel at a time are folded into one row (a chunk),
// so that reading one channel is sequential. maintain() folds and expires, a slice a call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/clock.hpp"
#include "host/failure.hpp"
#include "host/gap_reason.hpp"
#include "host/recording.hpp"

namespace reprise {

struct stored_tick {
  channel_number channel = 0;
  std::int64_t time = 0;
  gap_reason reason = gap_reason::none;  // none: `bits` are the fingerprint
  fingerprint bits{};
};

struct insert_counts {
  std::uint64_t stored = 0;
  std::uint64_t present = 0;  // the same bytes were there
};

// A span of ticks at which no channel had a chance: the service was down, the clock stepped.
struct outage {
  std::int64_t start = 0;
  std::int64_t end = 0;  // inclusive
  gap_reason reason = gap_reason::down;
};

class history_writer {
 public:
  virtual ~history_writer() = default;
  // One transaction, durable on return. A tick that has a fingerprint keeps it: what was given for
  // it instead is left out and counted into `refused` unless it has the same bytes. A fingerprint
  // replaces a gap.
  [[nodiscard]] virtual outcome<void> commit(std::span<const stored_tick> batch,
                                             std::uint64_t& refused) = 0;
  // Fingerprints of one channel, times increasing: all of them or, on data_conflict, none. Durable
  // on return.
  [[nodiscard]] virtual outcome<insert_counts> insert(channel_number channel,
                                                      std::span<const recorded_second> seconds) = 0;
  [[nodiscard]] virtual outcome<void> record(const outage& added) = 0;
  // One slice of a few milliseconds: folds what is older than some minutes, drops what is older
  // than `expire_before`, removes forgotten channels. Whether there is more to do at once.
  [[nodiscard]] virtual outcome<bool> maintain(std::int64_t now, std::int64_t expire_before) = 0;
  // The channel's ticks go, in slices of maintain(); its number never comes back.
  [[nodiscard]] virtual outcome<void> forget(channel_number channel) = 0;
  [[nodiscard]] virtual std::uint64_t file_bytes() const = 0;
  // Syncs that the disk has failed, since the file was opened.
  [[nodiscard]] virtual std::uint64_t syncs_failed() const { return 0; }
  // Damage found since this was last asked, with its place: a line each, for the log. At open too.
  [[nodiscard]] virtual std::vector<std::string> take_notes() { return {}; }
};

struct history_extent {
  channel_number channel = 0;
  std::int64_t oldest = 0;
  std::int64_t newest = 0;  // of its fingerprints
};

class history_reader {
 public:
  virtual ~history_reader() = default;
  // Fingerprints in order, from `from` on, at most `count_max`; fewer only where `to` or the end
  // was reached. Appends to `into`.
  [[nodiscard]] virtual outcome<void> read(channel_number channel, std::int64_t from,
                                           std::int64_t to, std::size_t count_max,
                                           std::vector<recorded_second>& into) = 0;
  // Gaps in [from, to) by reason. A tick that nobody wrote counts as the outage that it lies in,
  // and else as absent.
  [[nodiscard]] virtual outcome<gap_counts> gaps(channel_number channel, std::int64_t from,
                                                 std::int64_t to) = 0;
  [[nodiscard]] virtual outcome<std::optional<history_extent>> extent(channel_number channel) = 0;
  // The newest tick of all that was written, gaps too: when the service was last alive.
  [[nodiscard]] virtual outcome<std::optional<std::int64_t>> newest_tick() = 0;
  // Chunks that failed their checksum since the file was opened; their ticks are gaps (corrupt).
  // From any thread.
  [[nodiscard]] virtual std::uint64_t damaged() const noexcept = 0;
  // How often the file was replaced by what could be read of it, since it was opened. From any
  // thread.
  [[nodiscard]] virtual std::uint64_t rescued() const noexcept { return 0; }
};

struct history_files {
  std::unique_ptr<history_writer> writer;
  std::unique_ptr<history_reader> reader;
};

// Opens or makes history.db in `directory`; migrates an older schema, refuses a newer one with both
// versions and leaves it untouched. `vfs`: the name of SQLite's file layer, empty for the system's.
// `clock`: what the minute between failed syncs is measured with, and a damaged file named by;
// outlives the files; the system's where there is none.
//
// A file that SQLite finds damaged, now or later, is kept aside as history.db.corrupt-<UNIX time>.
// What can be read of it goes on in a new one, inside the call that met the damage.
[[nodiscard]] outcome<history_files> open_history(const std::string& directory,
                                                  const std::string& vfs = {},
                                                  const clock_source* clock = nullptr);

}  // namespace reprise
