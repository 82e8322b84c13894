// library.db as its parts share it.
//
// Shapes   a part of the library is a member of library_writing and one of library_reading, with
//          its tables in library_schema(); a later part adds its own
// Errors   as paired_file.hpp
// Threads  as paired_file.hpp
// Owns     its two connections
// Source   storage, docs/design.md
#pragma once

#include <string>

#include "host/library/video_tables.hpp"
#include "host/moving_average/event_tables.hpp"
#include "host/store/paired_file.hpp"

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

class library_file : public paired_file<library_writing, library_reading> {
 public:
  // `vfs`: SQLite's file layer by name; empty: the system's.
  library_file(std::string path, const std::string& vfs, const clock_source* clock = nullptr);
};

}  // namespace reprise
