// library.db as its parts share it: one connection that writes and one that reads.
//
// Shapes   a part of the library is a member of library_writing and one of library_reading, with
//          its tables in library_schema(); a later part adds its own
// Errors   as state_store.hpp
// Threads  write() and fold() on one thread at a time, read() on another; both at once
// Owns     both connections; only the writing one checkpoints
// Source   storage, docs/design.md
#pragma once

#include <string>

#include "host/library/video_tables.hpp"
#include "host/moving_average/event_tables.hpp"
#include "host/store/reopening.hpp"

namespace reprise {

// Videos are numbered in the order of coming, so that features are appended. Values have no type,
// so that SQLite keeps a double as it is: a column of type REAL would make 0 of -0.0. What belongs
// to a video goes with it by our own hand: a foreign key would be looked up 256 times a video.
[[nodiscard]] const sqlite::schema& library_schema() noexcept;

struct library_writing {
  sqlite::connection db;
  video_writing_tables videos = {};
  event_writing_tables events = {};
};
struct library_reading {
  sqlite::connection db;
  video_reading_tables videos = {};
  event_reading_tables events = {};
};

class library_file {
 public:
  // `vfs`: SQLite's file layer by name; empty: the system's.
  library_file(std::string path, const std::string& vfs, const clock_source* clock = nullptr);

  // Makes the file where it is missing, and migrates an older one.
  [[nodiscard]] outcome<void> open();
  // For read() alone: the file is there, of the newest version, and nothing is done to it.
  [[nodiscard]] outcome<void> open_reader() { return reader_.ready(); }

  // work(library_writing&) gives an outcome, inside one transaction: durable where it succeeds,
  // undone where it fails.
  template <typename Work>
  [[nodiscard]] auto write(const Work& work) -> decltype(work(std::declval<library_writing&>())) {
    using result = decltype(work(std::declval<library_writing&>()));
    return writer_.run([&](library_writing& on) -> result {
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
  // work(library_reading&) gives an outcome, inside one transaction: one state of the file.
  template <typename Work>
  [[nodiscard]] auto read(const Work& work) -> decltype(work(std::declval<library_reading&>())) {
    using result = decltype(work(std::declval<library_reading&>()));
    return reader_.run([&](library_reading& on) -> result {
      const auto open = sqlite::transaction::begin_read(on.db);
      if (!open) return open.error();
      return work(on);
    });
  }
  // Behind much that was written, or that was undone: the log gives its room back, unless a reader
  // is in the way for long.
  void fold();

 private:
  // Folded back from four megabytes on; waits for readers from 64 on.
  static constexpr std::uint32_t wal_pages_checkpoint = 1'024;
  static constexpr std::uint32_t wal_pages_max = 16'384;

  reopening<library_writing> writer_;
  reopening<library_reading> reader_;
};

}  // namespace reprise
