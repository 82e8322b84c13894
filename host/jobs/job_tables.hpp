// The jobs' tables of jobs.db: what waits, what is being worked on, and what became of it.
//
// Shapes   times in milliseconds since 1970. A queued job has a `turn` once it is due: the least is
//          next. Until then, and while it is running, `due` says when to look at it again; `take`
//          counts how often it was taken, `tries` how many of those are held against it. An image
//          is there while its job is queued or running, and stays behind where the file is damaged
//          there (`damaged`), which is why no number is given twice. job_totals counts by status,
//          job_owners has the owners of the jobs of the turn that was taken last
// Errors   those of sqlite.hpp; what meets an image on a damaged page fails so, and does without
//          that image when it is called again; overloaded, data_conflict, not_found as
//          job_queue.hpp; rows that make no sense are io_failed with the file's name
// Threads  as the connection; inside one of its transactions
// Owns     prepared statements: they end before the connection
#pragma once

#include <set>
#include <string>
#include <vector>

#include "host/jobs/job_queue.hpp"
#include "host/store/sqlite.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

// What the version before the queue had, and never used.
inline constexpr const char* unused_job_tables_sql = R"sql(
create table jobs(number integer primary key, uuid text not null unique, owner text not null,
  name text not null, status integer not null, made integer not null, due integer not null,
  tries integer not null, lease integer not null, leased_until integer not null,
  ended integer, prediction text, score, error text, image_bytes integer not null);
create index jobs_by_status on jobs(status, due, number);
create table job_images(job integer primary key, image blob not null);
)sql";

// The statuses are those of job_status: 0 queued, 1 running, 2 done, 3 failed.
inline constexpr const char* job_tables_sql = R"sql(
drop table jobs;
drop table job_images;
create table jobs(number integer primary key autoincrement, uuid text not null unique,
  owner text not null,
  name text not null, status integer not null, turn integer, made integer not null,
  due integer not null, take integer not null, tries integer not null, ended integer, label text,
  score, error text not null, image_bytes integer not null,
  damaged integer not null default 0);
create index jobs_by_status on jobs(status, number);
create index jobs_by_turn on jobs(turn, number) where turn is not null;
create index jobs_by_owner on jobs(owner, turn) where turn is not null;
create index jobs_by_due on jobs(status, due) where turn is null and ended is null;
create index jobs_by_end on jobs(ended) where ended is not null;
create table job_images(job integer primary key, image blob not null);
create table job_totals(status integer primary key, jobs integer not null, bytes integer not null);
insert into job_totals values(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0);
create table job_owners(owner text primary key, turn integer not null) without rowid;
create index job_owners_by_turn on job_owners(turn);
create trigger job_taken after update of status on jobs when new.status = 1 begin
  insert into job_owners values(new.owner, old.turn)
    on conflict(owner) do update set turn = excluded.turn;
  delete from job_owners where turn < old.turn;
end;
create trigger job_added after insert on jobs begin
  update job_totals set jobs = jobs + 1, bytes = bytes + new.image_bytes where status = new.status;
end;
create trigger job_moved after update of status on jobs when old.status != new.status begin
  update job_totals set jobs = jobs - 1, bytes = bytes - old.image_bytes where status = old.status;
  update job_totals set jobs = jobs + 1, bytes = bytes + new.image_bytes where status = new.status;
end;
create trigger job_removed after delete on jobs begin
  update job_totals set jobs = jobs - 1, bytes = bytes - old.image_bytes where status = old.status;
end;
create trigger job_image_done after update of status on jobs
  when new.ended is not null and not new.damaged begin
  delete from job_images where job = new.number;
end;
create trigger job_image_removed after delete on jobs when not old.damaged begin
  delete from job_images where job = old.number;
end;
)sql";

// What has ended has no image: none is looked for, and no damage there is met.
inline constexpr const char* job_expiry_sql = R"sql(
drop trigger job_image_removed;
create trigger job_image_removed after delete on jobs
  when old.ended is null and not old.damaged begin
  delete from job_images where job = old.number;
end;
)sql";

struct job_bounds {
  std::uint64_t jobs_max = 10'000;  // queued or running
  std::uint64_t bytes_max = std::uint64_t{2} << 30;
  std::uint32_t tries_max = 5;
};

class job_writing_tables {
 public:
  static constexpr std::size_t step_max = 500;  // rows of one step of what may be many

  [[nodiscard]] outcome<void> prepare(sqlite::connection& db);

  [[nodiscard]] outcome<void> put(sqlite::connection& db, const new_job& added,
                                  const job_bounds& bounds, std::int64_t now);
  // Images of bytes_max together, one at least.
  [[nodiscard]] outcome<jobs_taken> take(sqlite::connection& db, std::size_t count_max,
                                         std::uint64_t bytes_max, std::int64_t now,
                                         std::int64_t until);
  [[nodiscard]] outcome<void> extend(sqlite::connection& db, const job_lease& held,
                                     std::int64_t until);
  [[nodiscard]] outcome<void> finish(sqlite::connection& db, const job_lease& held,
                                     const classification& result, std::int64_t now);
  // Nothing: it is not known how often it was tried, since the lease holds no more.
  [[nodiscard]] outcome<std::optional<std::uint32_t>> tries_of(const job_lease& held);
  [[nodiscard]] outcome<void> retry(const job_lease& held, const std::string& error,
                                    std::int64_t due);
  [[nodiscard]] outcome<void> fail(sqlite::connection& db, const job_lease& held,
                                   const std::string& error, std::int64_t now);
  [[nodiscard]] outcome<void> give_back(sqlite::connection& db, const job_lease& held);
  [[nodiscard]] outcome<void> postpone(sqlite::connection& db, const job_lease& held);
  [[nodiscard]] outcome<void> remove(sqlite::connection& db, const std::string& uuid);

  // Running jobs whose time was over by `due_by` are queued again, or fail by `error` where they
  // have been tried tries_max times. Which.
  [[nodiscard]] outcome<std::vector<job>> end_leases(sqlite::connection& db, std::int64_t due_by,
                                                     std::uint32_t tries_max,
                                                     const std::string& error, std::int64_t now);
  // For a clock that was set back: those that wait for a moment later than `wait_until` are due
  // now, and no lease ends later than `lease_until`.
  [[nodiscard]] outcome<void> hasten(std::int64_t now, std::int64_t wait_until,
                                     std::int64_t lease_until);
  // Results from before `before`, and the oldest beyond results_max: up to step_max. How many.
  [[nodiscard]] outcome<std::uint64_t> expire(sqlite::connection& db, std::int64_t before,
                                              std::uint64_t results_max);

 private:
  outcome<std::array<std::uint64_t, 2>> totals(sqlite::statement& of);  // jobs, bytes
  outcome<void> promote(std::int64_t now);
  struct found_job {
    std::int64_t number = 0, take = 0;
    job shown;  // without what it ended with
  };
  template <typename... Arguments>
  outcome<std::vector<found_job>> find(sqlite::statement& by, const Arguments&... bound);
  outcome<std::vector<std::byte>> read_image(sqlite::connection& db, const found_job& of,
                                             std::string& fault);
  void note_damage(const std::string& uuid);
  // Runs what ends a job, which drops its image, unless that is known to be damaged.
  template <typename... Arguments>
  outcome<void> end(sqlite::connection& db, sqlite::statement& by, const std::string& uuid,
                    const Arguments&... bound);
  static outcome<void> held_only(sqlite::connection& db, const outcome<void>& ran);

  sqlite::statement unended_, ended_, insert_, insert_image_;
  sqlite::statement due_, promote_, next_, image_, take_, extend_, finish_, tries_, retry_, fail_,
      give_back_, postpone_, remove_;
  sqlite::statement leased_, requeue_, give_up_, leave_, hasten_, shorten_, expire_;
  std::set<std::string> damaged_;  // by uuid
};

class job_reading_tables {
 public:
  [[nodiscard]] outcome<void> prepare(sqlite::connection& db);

  [[nodiscard]] outcome<std::optional<job>> get(sqlite::connection& db, const std::string& uuid);
  // usage: the cursor is none of this list.
  [[nodiscard]] outcome<page<job>> list(sqlite::connection& db, std::optional<job_status> status,
                                        std::uint32_t limit,
                                        const std::optional<std::string>& cursor);
  [[nodiscard]] outcome<job_counts> count(sqlite::connection& db);

 private:
  sqlite::statement get_, all_, of_status_, totals_, oldest_;
};

}  // namespace reprise
