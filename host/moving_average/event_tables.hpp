// The delivery events' tables of library.db: the statements that write and read them.
//
// Shapes   times in microseconds since 1970, minutes likewise in minutes; sums and durations as
//          duration_sum::encode(). minute_sums has a row for each minute and client with events,
//          client_name '' stands for all events together; moving_averages one for each date and
//          configured window with events. `touched` is when the last event in it was received
// Errors   those of sqlite.hpp; rows that make no sense are io_failed with the file's name
// Threads  as the connection; inside one of its transactions
// Owns     prepared statements: they end before the connection
#pragma once

#include "host/moving_average/sliding_total.hpp"
#include "host/store/sqlite.hpp"

namespace reprise {

inline constexpr const char* event_tables_sql = R"sql(
create table delivery_events(received integer not null, number integer not null,
  time integer not null, translation_id text, source_language text, target_language text,
  client_name text, event_name text, nr_words integer, duration blob not null,
  primary key(received, number)) without rowid;
create table minute_sums(client_name text not null, minute integer not null, sum blob not null,
  count integer not null, touched integer not null,
  primary key(client_name, minute)) without rowid;
create table moving_averages(window_minutes integer not null, minute integer not null,
  sum blob not null, count integer not null, touched integer not null,
  primary key(window_minutes, minute)) without rowid;
)sql";

struct event_writing_tables {
  [[nodiscard]] outcome<void> prepare(sqlite::connection& db);

  sqlite::statement newest_number, insert_event;
  // (key, minute): sum, count, touched; the key is a client's name or a window.
  sqlite::statement find_sum, put_sum, find_average, put_average;
  sqlite::statement next_window, remove_window, all_sums;
  sqlite::statement expired, remove_events, remove_sum, remove_averages;
};

struct event_reading_tables {
  [[nodiscard]] outcome<void> prepare(sqlite::connection& db);

  sqlite::statement has_window;      // (window): one row, or none
  sqlite::statement averages, sums;  // (key, from, to): minute, sum, count
};

// Of two columns, a sum and its count.
[[nodiscard]] outcome<duration_total> total_at(const sqlite::connection& db,
                                               const sqlite::cursor& row, int column);

}  // namespace reprise
