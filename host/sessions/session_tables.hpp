// The image sessions' tables of jobs.db.
//
// Shapes   times in seconds since 1970. A session is found by the SHA-256 of its key; its images
//          stand in the order of their upload, each as the SHA-256 of its bytes; what an encoder
//          made of a picture is kept once, whichever sessions sent it
// Errors   those of sqlite.hpp; rows that make no sense are io_failed with the file's name
// Threads  as the connection; inside one of its transactions
// Owns     prepared statements: they end before the connection
#pragma once

#include "host/store/sqlite.hpp"

namespace reprise {

inline constexpr const char* session_tables_sql = R"sql(
create table sessions(number integer primary key, key_hash blob not null unique,
  made integer not null, used integer not null, images integer not null);
create index sessions_by_use on sessions(used);
create table session_images(session integer not null, position integer not null,
  picture blob not null, primary key(session, position)) without rowid;
create table pictures(hash blob primary key, encodings blob not null, used integer not null)
  without rowid;
create index pictures_by_use on pictures(used);
)sql";

}  // namespace reprise
