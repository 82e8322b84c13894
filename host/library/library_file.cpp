#include "host/library/library_file.hpp"

namespace reprise {
namespace {

// An import of many videos keeps the index of their names in memory.
constexpr std::uint32_t writer_cache_bytes = 64'000'000;
constexpr std::uint32_t reader_cache_bytes = 16'000'000;

constexpr const char* first_version = R"sql(
create table videos(number integer primary key, content_id text not null unique,
  actual_label text not null, predicted_label text not null, tvshow text);
create index videos_by_label on videos(actual_label, content_id);
create index videos_by_tvshow on videos(tvshow, content_id) where tvshow is not null;
create table feature_vectors(video integer not null, position integer not null, value not null,
  primary key(video, position)) without rowid;
create table library(revision integer not null);
insert into library values(0);
)sql";

constexpr const char* versions[] = {first_version, event_tables_sql};

outcome<std::unique_ptr<library_writing>> open_writing(const std::string& path,
                                                       const std::string& vfs, sync_rule& syncs) {
  auto db = sqlite::connection::open_writer(
      path, library_schema(), {.vfs = vfs, .syncs = &syncs, .cache_bytes = writer_cache_bytes});
  if (!db) return db.error();
  auto opened = std::make_unique<library_writing>(library_writing{std::move(*db)});
  if (const auto prepared = opened->videos.prepare(opened->db); !prepared) return prepared.error();
  if (const auto prepared = opened->events.prepare(opened->db); !prepared) return prepared.error();
  return opened;
}

outcome<std::unique_ptr<library_reading>> open_reading(const std::string& path,
                                                       const std::string& vfs) {
  auto db = sqlite::connection::open_reader(path, library_schema(),
                                            {.vfs = vfs, .cache_bytes = reader_cache_bytes});
  if (!db) return db.error();
  auto opened = std::make_unique<library_reading>(library_reading{std::move(*db)});
  if (const auto prepared = opened->videos.prepare(opened->db); !prepared) return prepared.error();
  if (const auto prepared = opened->events.prepare(opened->db); !prepared) return prepared.error();
  return opened;
}

}  // namespace

const sqlite::schema& library_schema() noexcept {
  static constexpr sqlite::schema made{0x52'70'6c'62, versions};  // "Rplb"
  return made;
}

library_file::library_file(std::string path, const std::string& vfs, const clock_source* clock)
    : paired_file{[path, vfs](sync_rule& syncs) { return open_writing(path, vfs, syncs); },
                  [path, vfs](sync_rule&) { return open_reading(path, vfs); }, clock} {}

}  // namespace reprise
