// A database file as its parts share it: one connection that writes and one that reads.
//
// Shapes   Writing and Reading have a member `db`, a sqlite::connection, declared before the
//          statements of the parts
// Errors   as state_store.hpp
// Threads  write() and fold() on one thread at a time, read() on another; both at once
// Owns     both connections; only the writing one checkpoints
// Source   storage, docs/design.md
#pragma once

#include <utility>

#include "host/store/reopening.hpp"
#include "host/store/sqlite.hpp"

namespace reprise {

template <typename Writing, typename Reading>
class paired_file {
 public:
  using writing_type = Writing;

  paired_file(typename reopening<Writing>::opener open_writing,
              typename reopening<Reading>::opener open_reading, const clock_source* clock)
      : writer_{std::move(open_writing), clock}, reader_{std::move(open_reading), clock} {}

  // Makes the file where it is missing, and migrates an older one.
  [[nodiscard]] outcome<void> open() {
    if (const auto ready = writer_.ready(); !ready) return ready;
    return reader_.ready();
  }
  // For read() alone: the file is there, of the newest version, and nothing is done to it.
  [[nodiscard]] outcome<void> open_reader() { return reader_.ready(); }

  // work(Writing&) gives an outcome, inside one transaction: durable where it succeeds, undone
  // where it fails.
  template <typename Work>
  [[nodiscard]] auto write(const Work& work) -> decltype(work(std::declval<Writing&>())) {
    using result = decltype(work(std::declval<Writing&>()));
    return writer_.run([&](Writing& on) -> result {
      auto open = sqlite::transaction::begin_write(on.db);
      if (!open) return open.error();
      result done = work(on);
      if (!done) return done;
      if (const auto committed = open->commit(); !committed) return committed.error();
      // What is committed is durable, whatever becomes of the log; a sync that fails here closes
      // the file all the same.
      static_cast<void>(on.db.bound_wal(wal_pages_checkpoint, wal_pages_max));
      return done;
    });
  }
  // work(Reading&) gives an outcome, inside one transaction: one state of the file.
  template <typename Work>
  [[nodiscard]] auto read(const Work& work) -> decltype(work(std::declval<Reading&>())) {
    using result = decltype(work(std::declval<Reading&>()));
    return reader_.run([&](Reading& on) -> result {
      const auto open = sqlite::transaction::begin_read(on.db);
      if (!open) return open.error();
      return work(on);
    });
  }
  // Behind much that was written, or that was undone: the log gives its room back, unless a reader
  // is in the way for long.
  void fold() {
    static_cast<void>(writer_.run(
        [](Writing& on) { return on.db.checkpoint(sqlite::checkpoint_kind::truncate); }));
  }

 private:
  // Folded back from four megabytes on; waits for readers from 64 on.
  static constexpr std::uint32_t wal_pages_checkpoint = 1'024;
  static constexpr std::uint32_t wal_pages_max = 16'384;

  reopening<Writing> writer_;
  reopening<Reading> reader_;
};

}  // namespace reprise
