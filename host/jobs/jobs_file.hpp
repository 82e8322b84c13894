// jobs.db as its parts share it: image sessions, and the queue of jobs with their results.
//
// Shapes   a part is a member of jobs_writing and one of jobs_reading, with its tables in
//          jobs_schema(); a later part adds its own
// Errors   as paired_file.hpp
// Threads  as paired_file.hpp
// Owns     its two connections
// Source   storage, docs/design.md
#pragma once

#include <string>

#include "host/jobs/job_tables.hpp"
#include "host/sessions/session_tables.hpp"
#include "host/store/paired_file.hpp"

namespace reprise {

[[nodiscard]] const sqlite::schema& jobs_schema() noexcept;

struct jobs_writing {
  sqlite::connection db;
  session_writing_tables sessions = {};
  job_writing_tables jobs = {};
};
struct jobs_reading {
  sqlite::connection db;
  session_reading_tables sessions = {};
  job_reading_tables jobs = {};
};

class jobs_file : public paired_file<jobs_writing, jobs_reading> {
 public:
  // `vfs`: SQLite's file layer by name; empty: the system's.
  jobs_file(std::string path, const std::string& vfs, const clock_source* clock = nullptr);
};

}  // namespace reprise
