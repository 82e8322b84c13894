#include "host/jobs/jobs_file.hpp"

namespace reprise {
namespace {

// One step for each part, so that a part can be added without touching another.
constexpr const char* versions[] = {session_tables_sql, unused_job_tables_sql, job_tables_sql,
                                    job_expiry_sql};

outcome<std::unique_ptr<jobs_writing>> open_writing(const std::string& path, const std::string& vfs,
                                                    sync_rule& syncs) {
  auto db = sqlite::connection::open_writer(path, jobs_schema(), {.vfs = vfs, .syncs = &syncs});
  if (!db) return db.error();
  auto made = std::make_unique<jobs_writing>(jobs_writing{std::move(*db)});
  if (const auto ready = made->sessions.prepare(made->db); !ready) return ready.error();
  if (const auto ready = made->jobs.prepare(made->db); !ready) return ready.error();
  return made;
}

outcome<std::unique_ptr<jobs_reading>> open_reading(const std::string& path,
                                                    const std::string& vfs) {
  auto db = sqlite::connection::open_reader(path, jobs_schema(), {.vfs = vfs});
  if (!db) return db.error();
  auto made = std::make_unique<jobs_reading>(jobs_reading{std::move(*db)});
  if (const auto ready = made->sessions.prepare(made->db); !ready) return ready.error();
  if (const auto ready = made->jobs.prepare(made->db); !ready) return ready.error();
  return made;
}

}  // namespace

const sqlite::schema& jobs_schema() noexcept {
  static constexpr sqlite::schema made{0x52'70'6a'62, versions};  // "Rpjb"
  return made;
}

jobs_file::jobs_file(std::string path, const std::string& vfs, const clock_source* clock)
    : paired_file{[path, vfs](sync_rule& syncs) { return open_writing(path, vfs, syncs); },
                  [path, vfs](sync_rule&) { return open_reading(path, vfs); }, clock} {}

}  // namespace reprise
