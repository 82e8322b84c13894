// The image sessions' tables of jobs.db: the statements that change and read them.
//
// Shapes   times in seconds since 1970. A session is found by the SHA-256 of its key, and lives
//          until keep_seconds behind its last use; its images stand in the order of their upload.
//          A picture is what an encoder made of the bytes of that SHA-256, kept once, whichever
//          sessions sent it; one that no session has any more is kept for others, within limits
// Errors   not_found: there is no such session. data_conflict: it has images_max images already, or
//          there are sessions_max sessions. Else those of sqlite.hpp; rows that make no sense are
//          io_failed with the file's name. What failed is to be undone by the caller
// Threads  as the connection; inside one of its transactions
// Owns     prepared statements: they end before the connection
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/sessions/face_encodings.hpp"
#include "host/sha256.hpp"
#include "host/store/sqlite.hpp"

namespace reprise {

struct session_limits {
  std::int64_t keep_seconds = 86'400;
  std::int64_t images_max = 5;  // of a session
  std::int64_t sessions_max = 100'000;
  // Of those that no session has: the ones used longest ago go first.
  std::int64_t pictures_max = 100'000;  // with those that sessions have, which stay in any case
  std::int64_t pictures_keep_seconds = 2'592'000;
};

struct session_totals {
  std::int64_t sessions = 0;
  std::int64_t pictures = 0;
  friend bool operator==(const session_totals&, const session_totals&) = default;
};

class session_writing_tables {
 public:
  // Sessions, and pictures, that one step of an expiry removes at most.
  static constexpr std::int64_t step_rows_max = 100;

  [[nodiscard]] outcome<void> prepare(sqlite::connection& db);

  [[nodiscard]] outcome<void> make(const sha256_digest& key, std::int64_t now,
                                   const session_limits& limits);
  [[nodiscard]] outcome<void> add_image(sqlite::connection& db, const sha256_digest& key,
                                        const sha256_digest& picture, const face_encodings& faces,
                                        std::int64_t now, const session_limits& limits);
  // Its images go; the session stays.
  [[nodiscard]] outcome<void> clear(const sha256_digest& key, std::int64_t now,
                                    const session_limits& limits);
  // It was used now.
  [[nodiscard]] outcome<void> touch(const sha256_digest& key, std::int64_t now,
                                    const session_limits& limits);
  // What has outlived its time or its number, one step of it: how many rows went.
  [[nodiscard]] outcome<std::int64_t> expire(std::int64_t now, const session_limits& limits);
  [[nodiscard]] outcome<session_totals> totals();

 private:
  struct found_session {
    std::int64_t number = 0;
    std::int64_t images = 0;
  };
  outcome<found_session> find(const sha256_digest& key, std::int64_t now,
                              const session_limits& limits);
  outcome<void> remove_images(std::int64_t session, std::int64_t now);
  outcome<std::int64_t> expire_sessions(std::int64_t now, const session_limits& limits);
  outcome<std::int64_t> expire_pictures(std::int64_t now, const session_limits& limits);

  sqlite::statement find_, insert_, use_, old_, remove_, totals_, count_;
  sqlite::statement insert_image_, remove_images_;
  sqlite::statement find_picture_, insert_picture_, insert_encodings_, refer_, release_;
  sqlite::statement old_pictures_, remove_picture_, remove_encodings_;
};

class session_reading_tables {
 public:
  struct found_session {
    std::int64_t images = 0;
    std::int64_t used = 0;
  };

  [[nodiscard]] outcome<void> prepare(sqlite::connection& db);

  [[nodiscard]] outcome<found_session> find(const sha256_digest& key, std::int64_t now,
                                            const session_limits& limits);
  // Of the images of a session that is there, in the order of their upload.
  [[nodiscard]] outcome<std::vector<face_encodings>> images(sqlite::connection& db,
                                                            const sha256_digest& key);
  [[nodiscard]] outcome<std::optional<face_encodings>> picture(sqlite::connection& db,
                                                               const sha256_digest& hash);
  [[nodiscard]] outcome<session_totals> totals();

 private:
  sqlite::statement find_, images_, picture_, totals_;
};

// `images` of a picture counts the images of sessions that are of it.
inline constexpr const char* session_tables_sql = R"sql(
create table sessions(number integer primary key, key_hash blob not null unique,
  used integer not null, images integer not null);
create index sessions_by_use on sessions(used);
create table session_images(session integer not null, position integer not null,
  picture integer not null, primary key(session, position)) without rowid;
create table pictures(number integer primary key, hash blob not null unique,
  images integer not null, used integer not null);
create index pictures_unused on pictures(used) where images = 0;
create table picture_encodings(picture integer primary key, encodings blob not null);
create table session_totals(sessions integer not null, pictures integer not null);
insert into session_totals values(0, 0);
)sql";

}  // namespace reprise
