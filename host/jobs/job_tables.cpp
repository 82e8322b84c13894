#include "host/jobs/job_tables.hpp"

#include <limits>
#include <utility>

#include "host/match/assert.hpp"
#include "host/store/state_codec.hpp"
#include "host/store/statement_run.hpp"

namespace reprise {

namespace {

constexpr char jobs_list = 'j';

// That of the job that is next of all; with none, that of the one that was taken last.
constexpr const char* least_turn =
    "coalesce((select min(turn) from jobs where turn is not null), "
    "(select max(turn) from job_owners), 0)";
// Behind the last job of its owner, be that taken already, and never before the one that is next
// of all: whoever comes with a first job stands beside the head of the queue, however long that is,
// and whoever comes with one job after the other stands behind those that have waited meanwhile.
std::string turn_of(const std::string& owner) {
  return std::string{"max("} + least_turn +
         ", coalesce((select turn + 1 from job_owners where job_owners.owner = " + owner +
         "), 0), coalesce((select max(other.turn) + 1 from jobs as other where other.turn is not "
         "null and other.owner = " +
         owner + "), 0))";
}

constexpr const char* columns =
    "select number, uuid, name, status, tries, made, ended, label, score, error from jobs ";
constexpr const char* of_lease = " where uuid = ?1 and take = ?2 and status = 1";

outcome<job> job_at(sqlite::connection& db, const sqlite::cursor& row) {
  const std::int64_t status = row.integer(3);
  if (status < 0 || status >= std::int64_t{job_statuses}) return malformed_row(db);
  job read;
  read.uuid = row.text(1);
  read.name = row.text(2);
  read.status = static_cast<job_status>(status);
  read.tries = static_cast<std::uint32_t>(row.integer(4));
  read.made_ms = row.integer(5);
  if (!row.is_null(6)) read.ended_ms = row.integer(6);
  if (!row.is_null(7)) read.result = {std::string{row.text(7)}, row.real(8)};
  read.error = row.text(9);
  return read;
}

void set_failed(job& shown, const std::string& error, std::int64_t now) {
  shown.status = job_status::failed;
  shown.error = error;
  shown.ended_ms = now;
}

}  // namespace

outcome<void> job_writing_tables::prepare(sqlite::connection& db) {
  const std::string held = of_lease;
  const std::string found = "select number, uuid, name, take, tries, made from jobs ";
  const std::string queued = "set status = 0, turn = ";
  const std::string ended = "turn = null, ended = ?3, image_bytes = 0, ";
  return prepare_all(
      db,
      {{&unended_, "select sum(jobs), sum(bytes) from job_totals where status < 2"},
       {&ended_, "select sum(jobs), sum(bytes) from job_totals where status >= 2"},
       {&insert_,
        "insert into jobs(uuid, owner, name, status, turn, made, due, take, tries, error, "
        "image_bytes) values(?1, ?2, ?3, 0, " +
            turn_of("?2") + ", ?4, ?4, 0, 0, '', ?5)"},
       {&insert_image_, "insert into job_images values(?, ?)"},
       {&due_,
        "select number from jobs where turn is null and ended is null and status = 0 and due <= ? "
        "order by due, number limit ?"},
       {&promote_, "update jobs set turn = " + turn_of("jobs.owner") + " where number = ?"},
       {&next_, found + "where turn is not null order by turn, number limit ?"},
       {&image_, "select image from job_images where job = ?"},
       {&take_,
        "update jobs set status = 1, turn = null, due = ?2, take = take + 1, tries = tries + 1 "
        "where number = ?1"},
       {&extend_, "update jobs set due = ?3" + held},
       {&finish_,
        "update jobs set status = 2, " + ended + "error = '', label = ?4, score = ?5" + held},
       {&tries_, "select tries from jobs" + held},
       {&retry_, "update jobs set status = 0, due = ?3, error = ?4" + held},
       {&fail_, "update jobs set status = 3, " + ended + "error = ?4" + held},
       {&give_back_, "update jobs " + queued + least_turn + ", tries = tries - 1" + held},
       {&postpone_, "update jobs " + queued + turn_of("jobs.owner") + ", tries = tries - 1" + held},
       {&remove_, "delete from jobs where uuid = ?"},
       {&leased_, found + "where turn is null and ended is null and status = 1 and due <= ? "
                          "order by due, number limit ?"},
       {&requeue_,
        "update jobs " + queued + turn_of("jobs.owner") + ", error = ?2 where number = ?1"},
       {&give_up_, "update jobs set status = 3, " + ended + "error = ?2 where uuid = ?1"},
       {&leave_, "update jobs set damaged = 1 where uuid = ?"},
       {&hasten_,
        "update jobs set due = ?2 where turn is null and ended is null and status = 0 and "
        "due > ?1"},
       {&shorten_,
        "update jobs set due = ?1 where turn is null and ended is null and status = 1 and "
        "due > ?1"},
       {&expire_,
        "delete from jobs where number in "
        "(select number from jobs where ended <= ? order by ended limit ?)"}});
}

outcome<std::array<std::uint64_t, 2>> job_writing_tables::totals(sqlite::statement& of) {
  statement_run reading;
  const auto row = reading.row<2>(of);
  if (!row) return reading.ended().error();
  return std::array{static_cast<std::uint64_t>((*row)[0]), static_cast<std::uint64_t>((*row)[1])};
}

outcome<void> job_writing_tables::put(sqlite::connection& db, const new_job& added,
                                      const job_bounds& bounds, std::int64_t now) {
  const auto there = totals(unended_);
  if (!there) return there.error();
  const std::span<const std::byte> image{*added.image};
  if ((*there)[0] >= bounds.jobs_max || (*there)[1] + image.size() > bounds.bytes_max) {
    return failure{errc::overloaded, "too many jobs wait"};
  }
  const auto size = static_cast<std::int64_t>(image.size());
  const auto put = insert_.run(added.uuid, added.owner, added.name, now, size);
  if (!put) return put;
  return insert_image_.run(db.last_row(), image);
}

outcome<void> job_writing_tables::promote(std::int64_t now) {
  statement_run steps;
  for (const auto& [number] : steps.rows<1>(due_, now, std::int64_t{step_max})) {
    steps.run(promote_, number);
  }
  return steps.ended();
}

template <typename... Arguments>
outcome<std::vector<job_writing_tables::found_job>> job_writing_tables::find(
    sqlite::statement& by, const Arguments&... bound) {
  std::vector<found_job> made;
  auto row = by.select(bound...);
  for (;;) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return made;
    found_job& next = made.emplace_back();
    next.number = row.integer(0);
    next.take = row.integer(3);
    next.shown.uuid = row.text(1);
    next.shown.name = row.text(2);
    next.shown.tries = static_cast<std::uint32_t>(row.integer(4));
    next.shown.made_ms = row.integer(5);
  }
}

template <typename... Arguments>
outcome<void> job_writing_tables::end(sqlite::connection& db, sqlite::statement& by,
                                      const std::string& uuid, const Arguments&... bound) {
  if (damaged_.contains(uuid)) {
    if (const auto left = leave_.run(uuid); !left) return left;
  }
  const bool was_sound = !db.met_damage();
  const auto ended = by.run(uuid, bound...);
  if (!ended && was_sound && db.met_damage()) note_damage(uuid);
  return ended;
}

void job_writing_tables::note_damage(const std::string& uuid) {
  constexpr std::size_t damaged_max = 1'000;
  if (damaged_.size() == damaged_max) damaged_.clear();  // they are met again
  damaged_.insert(uuid);
}

// Nothing and a fault where there is no image.
outcome<std::vector<std::byte>> job_writing_tables::read_image(sqlite::connection& db,
                                                               const found_job& of,
                                                               std::string& fault) {
  std::vector<std::byte> image;
  if (damaged_.contains(of.shown.uuid)) {
    fault = "storage_failed: the image cannot be read";
    return image;
  }
  const bool was_sound = !db.met_damage();
  auto row = image_.select(of.number);
  const auto there = row.next();
  if (!there) {
    if (was_sound && db.met_damage()) note_damage(of.shown.uuid);
    return there.error();
  }
  if (*there) {
    const auto stored = row.blob(0);
    image.assign(stored.begin(), stored.end());
  } else {
    fault = "storage_failed: the image is gone";
  }
  return image;
}

outcome<jobs_taken> job_writing_tables::take(sqlite::connection& db, std::size_t count_max,
                                             std::uint64_t bytes_max, std::int64_t now,
                                             std::int64_t until) {
  if (const auto promoted = promote(now); !promoted) return promoted.error();
  const auto next = find(next_, static_cast<std::int64_t>(count_max));
  if (!next) return next.error();
  jobs_taken taken;
  std::uint64_t bytes = 0;
  for (const found_job& each : *next) {
    std::string fault;
    auto image = read_image(db, each, fault);
    if (!image) return image.error();
    if (!fault.empty()) {  // of a file that was damaged or tampered with: the others go on
      const auto ended = end(db, give_up_, each.shown.uuid, fault, now);
      if (!ended) return ended.error();
      taken.failed.push_back(each.shown);
      set_failed(taken.failed.back(), fault, now);
      continue;
    }
    bytes += image->size();
    if (!taken.jobs.empty() && bytes > bytes_max) break;
    if (const auto ran = take_.run(each.number, until); !ran) return ran.error();
    taken.jobs.push_back(
        {.lease = {each.shown.uuid, each.take + 1},
         .name = each.shown.name,
         .tries = each.shown.tries + 1,
         .made_ms = each.shown.made_ms,
         .image = std::make_shared<const std::vector<std::byte>>(std::move(*image))});
  }
  return taken;
}

// What has changed nothing was not held any more.
outcome<void> job_writing_tables::held_only(sqlite::connection& db, const outcome<void>& ran) {
  if (ran && db.changes() == 0) {
    return failure{errc::data_conflict, "the lease of this job holds no more"};
  }
  return ran;
}

outcome<void> job_writing_tables::extend(sqlite::connection& db, const job_lease& held,
                                         std::int64_t until) {
  return held_only(db, extend_.run(held.uuid, held.take, until));
}

outcome<void> job_writing_tables::finish(sqlite::connection& db, const job_lease& held,
                                         const classification& result, std::int64_t now) {
  return held_only(db, end(db, finish_, held.uuid, held.take, now, result.label, result.score));
}

outcome<std::optional<std::uint32_t>> job_writing_tables::tries_of(const job_lease& held) {
  statement_run reading;
  const auto row = reading.row<1>(tries_, held.uuid, held.take);
  if (const auto ended = reading.ended(); !ended) return ended.error();
  if (!row) return std::optional<std::uint32_t>{};
  return std::optional{static_cast<std::uint32_t>((*row)[0])};
}

outcome<void> job_writing_tables::retry(const job_lease& held, const std::string& error,
                                        std::int64_t due) {
  return retry_.run(held.uuid, held.take, due, error);
}

outcome<void> job_writing_tables::fail(sqlite::connection& db, const job_lease& held,
                                       const std::string& error, std::int64_t now) {
  return end(db, fail_, held.uuid, held.take, now, error);
}

outcome<void> job_writing_tables::give_back(sqlite::connection& db, const job_lease& held) {
  return held_only(db, give_back_.run(held.uuid, held.take));
}

outcome<void> job_writing_tables::postpone(sqlite::connection& db, const job_lease& held) {
  return held_only(db, postpone_.run(held.uuid, held.take));
}

outcome<void> job_writing_tables::remove(sqlite::connection& db, const std::string& uuid) {
  const auto ran = end(db, remove_, uuid);
  if (ran && db.changes() == 0) return failure{errc::not_found, "there is no such job"};
  return ran;
}

outcome<std::vector<job>> job_writing_tables::end_leases(sqlite::connection& db,
                                                         std::int64_t due_by,
                                                         std::uint32_t tries_max,
                                                         const std::string& error,
                                                         std::int64_t now) {
  const auto over = find(leased_, due_by, std::int64_t{step_max});
  if (!over) return over.error();
  std::vector<job> changed;
  for (const found_job& each : *over) {
    changed.push_back(each.shown);
    changed.back().error = error;
    const bool is_last = each.shown.tries >= tries_max;
    const auto ran =
        is_last ? end(db, give_up_, each.shown.uuid, error, now) : requeue_.run(each.number, error);
    if (!ran) return ran.error();
    if (is_last) set_failed(changed.back(), error, now);
  }
  return changed;
}

outcome<void> job_writing_tables::hasten(std::int64_t now, std::int64_t wait_until,
                                         std::int64_t lease_until) {
  if (const auto ran = hasten_.run(wait_until, now); !ran) return ran;
  return shorten_.run(lease_until);
}

outcome<std::uint64_t> job_writing_tables::expire(sqlite::connection& db, std::int64_t before,
                                                  std::uint64_t results_max) {
  const auto remove = [&](std::int64_t by, std::uint64_t count) -> outcome<std::uint64_t> {
    const auto ran = expire_.run(by, std::min<std::uint64_t>(count, step_max));
    if (!ran) return ran.error();
    return static_cast<std::uint64_t>(db.changes());
  };
  const auto aged = remove(before, step_max);
  if (!aged || *aged == step_max) return aged;
  const auto left = totals(ended_);
  if (!left) return left.error();
  if ((*left)[0] <= results_max) return aged;
  const auto surplus = remove(std::numeric_limits<std::int64_t>::max(), (*left)[0] - results_max);
  if (!surplus) return surplus;
  return *aged + *surplus;
}

outcome<void> job_reading_tables::prepare(sqlite::connection& db) {
  const std::string all = columns;
  const std::string page = "number < ? order by number desc limit ?";
  return prepare_all(
      db, {{&get_, all + "where uuid = ?"},
           {&all_, all + "where " + page},
           {&of_status_, all + "where status = ? and " + page},
           {&totals_, "select status, jobs, bytes from job_totals"},
           {&oldest_, "select made from jobs where status = ? order by number limit 1"}});
}

outcome<std::optional<job>> job_reading_tables::get(sqlite::connection& db,
                                                    const std::string& uuid) {
  auto row = get_.select(uuid);
  const auto there = row.next();
  if (!there) return there.error();
  if (!*there) return std::optional<job>{};
  auto read = job_at(db, row);
  if (!read) return read.error();
  return std::optional{std::move(*read)};
}

outcome<page<job>> job_reading_tables::list(sqlite::connection& db,
                                            std::optional<job_status> status, std::uint32_t limit,
                                            const std::optional<std::string>& cursor) {
  REPRISE_ASSERT(limit > 0);
  std::array<std::int64_t, 1> before{std::numeric_limits<std::int64_t>::max()};
  if (cursor && !decode_cursor(jobs_list, *cursor, before)) {
    return failure{errc::usage, "the cursor is none of this list"};
  }
  // One more row than asked for says that there is a next page.
  const std::int64_t rows = std::int64_t{limit} + 1;
  auto row = status ? of_status_.select(static_cast<std::int64_t>(*status), before[0], rows)
                    : all_.select(before[0], rows);
  page<job> made;
  for (std::int64_t last = 0;;) {
    const auto more = row.next();
    if (!more) return more.error();
    if (!*more) return made;
    if (made.items.size() == limit) {
      made.next = encode_cursor(jobs_list, std::array{last});
      return made;
    }
    last = row.integer(0);
    auto read = job_at(db, row);
    if (!read) return read.error();
    made.items.push_back(std::move(*read));
  }
}

outcome<job_counts> job_reading_tables::count(sqlite::connection& db) {
  statement_run reading;
  job_counts made;
  for (const auto& [status, jobs, bytes] : reading.rows<3>(totals_)) {
    if (status < 0 || status >= std::int64_t{job_statuses}) return malformed_row(db);
    made.jobs[static_cast<std::size_t>(status)] = static_cast<std::uint64_t>(jobs);
    made.image_bytes += static_cast<std::uint64_t>(bytes);
  }
  for (const job_status each : {job_status::queued, job_status::running}) {
    const auto oldest = reading.row<1>(oldest_, static_cast<std::int64_t>(each));
    if (oldest) made.oldest_ms = std::min(made.oldest_ms.value_or((*oldest)[0]), (*oldest)[0]);
  }
  if (const auto ended = reading.ended(); !ended) return ended.error();
  return made;
}

}  // namespace reprise
