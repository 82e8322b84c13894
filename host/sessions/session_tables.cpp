#include "host/sessions/session_tables.hpp"

#include <algorithm>

#include "host/store/statement_run.hpp"

namespace reprise {
namespace {

// A session is there as long as its last use lies behind this.
std::int64_t dead_since(std::int64_t now, const session_limits& limits) noexcept {
  return now - limits.keep_seconds;
}

failure no_session() {
  return {errc::not_found, "there is no session of this key", {}};
}

constexpr const char* select_totals = "select sessions, pictures from session_totals";

outcome<session_totals> totals_of(sqlite::statement& of) {
  statement_run run;
  const auto row = run.row<2>(of);
  if (const auto ended = run.ended(); !ended) return ended.error();
  return row ? session_totals{(*row)[0], (*row)[1]} : session_totals{};
}

outcome<face_encodings> encodings_at(const sqlite::connection& db, const sqlite::cursor& row,
                                     int column) {
  auto read = encodings_of_bytes(row.blob(column));
  if (!read) return malformed_row(db);
  return {boost::system::in_place_value, std::move(*read)};
}

}  // namespace

outcome<void> session_writing_tables::prepare(sqlite::connection& db) {
  return prepare_all(
      db,
      {{&find_, "select number, images from sessions where key_hash = ?1 and used > ?2"},
       {&insert_, "insert into sessions(key_hash, used, images) values(?, ?, 0)"},
       {&use_, "update sessions set used = max(used, ?2), images = ?3 where number = ?1"},
       {&old_, "select number from sessions where used <= ?1 order by used limit ?2"},
       {&remove_, "delete from sessions where number = ?"},
       {&totals_, select_totals},
       {&count_, "update session_totals set sessions = sessions + ?1, pictures = pictures + ?2"},
       {&insert_image_, "insert into session_images(session, position, picture) values(?, ?, ?)"},
       {&remove_images_, "delete from session_images where session = ? returning picture"},
       {&find_picture_, "select number from pictures where hash = ?"},
       {&insert_picture_, "insert into pictures(hash, images, used) values(?, 1, ?)"},
       {&insert_encodings_, "insert into picture_encodings(picture, encodings) values(?, ?)"},
       {&refer_, "update pictures set images = images + 1, used = max(used, ?2) where number = ?1"},
       {&release_,
        "update pictures set images = images - 1, used = max(used, ?2) where number = ?1"},
       {&old_pictures_,
        "select number from pictures where images = 0 and used <= ?1 order by used limit ?2"},
       {&remove_picture_, "delete from pictures where number = ?"},
       {&remove_encodings_, "delete from picture_encodings where picture = ?"}});
}

outcome<session_writing_tables::found_session> session_writing_tables::find(
    const sha256_digest& key, std::int64_t now, const session_limits& limits) {
  statement_run run;
  const auto row = run.row<2>(find_, key, dead_since(now, limits));
  if (const auto ended = run.ended(); !ended) return ended.error();
  if (!row) return no_session();
  return found_session{(*row)[0], (*row)[1]};
}

outcome<session_totals> session_writing_tables::totals() {
  return totals_of(totals_);
}

outcome<void> session_writing_tables::make(const sha256_digest& key, std::int64_t now,
                                           const session_limits& limits) {
  auto counted = totals();
  if (counted && counted->sessions >= limits.sessions_max) {
    // Those whose time has passed make room.
    if (const auto expired = expire_sessions(now, limits); !expired) return expired.error();
    counted = totals();
  }
  if (!counted) return counted.error();
  if (counted->sessions >= limits.sessions_max) {
    return failure{errc::data_conflict, "there are as many sessions as there may be"};
  }
  statement_run run;
  run.run(insert_, key, now);
  run.run(count_, 1, 0);
  return run.ended();
}

outcome<void> session_writing_tables::add_image(sqlite::connection& db, const sha256_digest& key,
                                                const sha256_digest& picture,
                                                const face_encodings& faces, std::int64_t now,
                                                const session_limits& limits) {
  const auto session = find(key, now, limits);
  if (!session) return session.error();
  if (session->images >= limits.images_max) {
    return failure{errc::data_conflict, "the session has as many images as it may"};
  }
  statement_run run;
  std::int64_t number = 0;
  if (const auto known = run.row<1>(find_picture_, picture)) {
    number = known->front();
    run.run(refer_, number, now);
  } else {
    run.run(insert_picture_, picture, now);
    number = db.last_row();
    const auto bytes = bytes_of_encodings(faces);
    run.run(insert_encodings_, number, std::span{bytes});
    run.run(count_, 0, 1);
  }
  run.run(insert_image_, session->number, session->images, number);
  run.run(use_, session->number, now, session->images + 1);
  return run.ended();
}

outcome<void> session_writing_tables::clear(const sha256_digest& key, std::int64_t now,
                                            const session_limits& limits) {
  const auto session = find(key, now, limits);
  if (!session) return session.error();
  if (const auto removed = remove_images(session->number, now); !removed) return removed;
  statement_run run;
  run.run(use_, session->number, now, 0);
  return run.ended();
}

outcome<void> session_writing_tables::touch(const sha256_digest& key, std::int64_t now,
                                            const session_limits& limits) {
  const auto session = find(key, now, limits);
  if (!session) return session.error();
  statement_run run;
  run.run(use_, session->number, now, session->images);
  return run.ended();
}

outcome<void> session_writing_tables::remove_images(std::int64_t session, std::int64_t now) {
  statement_run run;
  for (const auto& [picture] : run.rows<1>(remove_images_, session)) {
    run.run(release_, picture, now);
  }
  return run.ended();
}

outcome<std::int64_t> session_writing_tables::expire(std::int64_t now,
                                                     const session_limits& limits) {
  const auto sessions = expire_sessions(now, limits);
  if (!sessions) return sessions;
  const auto pictures = expire_pictures(now, limits);
  if (!pictures) return pictures;
  return *sessions + *pictures;
}

outcome<std::int64_t> session_writing_tables::expire_sessions(std::int64_t now,
                                                              const session_limits& limits) {
  statement_run run;
  const auto old = run.rows<1>(old_, dead_since(now, limits), step_rows_max);
  for (const auto& [number] : old) {
    // Their pictures are not used by that, but were when the session was.
    if (const auto removed = remove_images(number, dead_since(now, limits)); !removed) {
      return removed.error();
    }
    run.run(remove_, number);
  }
  const auto count = static_cast<std::int64_t>(old.size());
  if (count > 0) run.run(count_, -count, 0);
  if (const auto ended = run.ended(); !ended) return ended.error();
  return count;
}

outcome<std::int64_t> session_writing_tables::expire_pictures(std::int64_t now,
                                                              const session_limits& limits) {
  const auto counted = totals();
  if (!counted) return counted.error();
  statement_run run;
  const std::int64_t beyond =
      std::clamp<std::int64_t>(counted->pictures - limits.pictures_max, 0, step_rows_max);
  auto old = run.rows<1>(old_pictures_, now, beyond);
  const auto outlived =
      run.rows<1>(old_pictures_, now - limits.pictures_keep_seconds, step_rows_max);
  if (outlived.size() > old.size()) old = outlived;  // both begin with the oldest
  for (const auto& [number] : old) {
    run.run(remove_picture_, number);
    run.run(remove_encodings_, number);
  }
  const auto count = static_cast<std::int64_t>(old.size());
  if (count > 0) run.run(count_, 0, -count);
  if (const auto ended = run.ended(); !ended) return ended.error();
  return count;
}

outcome<void> session_reading_tables::prepare(sqlite::connection& db) {
  return prepare_all(
      db, {{&find_, "select images, used from sessions where key_hash = ?1 and used > ?2"},
           {&images_,
            "select encodings from sessions join session_images on session = sessions.number "
            "join picture_encodings using(picture) where key_hash = ? order by position"},
           {&picture_,
            "select encodings from pictures join picture_encodings on picture = number "
            "where hash = ?"},
           {&totals_, select_totals}});
}

outcome<session_reading_tables::found_session> session_reading_tables::find(
    const sha256_digest& key, std::int64_t now, const session_limits& limits) {
  statement_run run;
  const auto row = run.row<2>(find_, key, dead_since(now, limits));
  if (const auto ended = run.ended(); !ended) return ended.error();
  if (!row) return no_session();
  return found_session{(*row)[0], (*row)[1]};
}

outcome<std::vector<face_encodings>> session_reading_tables::images(sqlite::connection& db,
                                                                    const sha256_digest& key) {
  std::vector<face_encodings> made;
  auto row = images_.select(key);
  for (;;) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return {boost::system::in_place_value, std::move(made)};
    auto read = encodings_at(db, row, 0);
    if (!read) return read.error();
    made.push_back(std::move(*read));
  }
}

outcome<std::optional<face_encodings>> session_reading_tables::picture(sqlite::connection& db,
                                                                       const sha256_digest& hash) {
  auto row = picture_.select(hash);
  const auto there = row.next();
  if (!there) return there.error();
  if (!*there) return std::optional<face_encodings>{};
  auto read = encodings_at(db, row, 0);
  if (!read) return read.error();
  return std::optional{std::move(*read)};
}

outcome<session_totals> session_reading_tables::totals() {
  return totals_of(totals_);
}

}  // namespace reprise
