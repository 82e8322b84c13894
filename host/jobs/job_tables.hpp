// The jobs' tables of jobs.db: what waits, what is being worked on, and what became of it.
//
// Shapes   times in milliseconds since 1970. `lease` is the number of the try that holds the job
//          until leased_until, 0 where none does; a job waits until `due`. An image is kept while
//          its job is not done or failed
// Errors   those of sqlite.hpp; rows that make no sense are io_failed with the file's name
// Threads  as the connection; inside one of its transactions
// Owns     prepared statements: they end before the connection
#pragma once

#include "host/store/sqlite.hpp"

namespace reprise {

inline constexpr const char* job_tables_sql = R"sql(
create table jobs(number integer primary key, uuid text not null unique, owner text not null,
  name text not null, status integer not null, made integer not null, due integer not null,
  tries integer not null, lease integer not null, leased_until integer not null,
  ended integer, prediction text, score, error text, image_bytes integer not null);
create index jobs_by_status on jobs(status, due, number);
create table job_images(job integer primary key, image blob not null);
)sql";

}  // namespace reprise
