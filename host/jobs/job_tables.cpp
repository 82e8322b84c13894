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
// Behind the last job of its owner, be that taken already, and never before the one that is next of
// all: whoever comes with a first job stands beside the head of the queue, however long that is, and
// whoever comes with one job after the other stands behind those that have waited meanwhile.
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

}  // namespace

outcome<void> job_writing_tables::prepare(sqlite::connection& db) {
  const std::string held = of_lease;
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
       {&next_,
        "select number, uuid, name, take, tries, made from jobs where turn is not null "
        "order by turn, number limit ?"},
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
       {&remove_, "delete from jobs where uuid = ?"},
       {&leased_,
        "select number, tries from jobs where turn is null and ended is null and status = 1 and "
        "due <= ? order by due, number limit ?"},
       {&requeue_,
        "update jobs " + queued + turn_of("jobs.owner") + ", error = ?2 where number = ?1"},
       {&give_up_, "update jobs set status = 3, " + ended + "error = ?2 where number = ?1"},
       {&hasten_,
        "update jobs set due = ?2 where turn is null and ended is null and status = 0 and "
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

outcome<bool> job_writing_tables::read_image(std::int64_t number, std::vector<std::byte>& into) {
  auto row = image_.select(number);
  const auto there = row.next();
  if (!there || !*there) return there;
  const auto image = row.blob(0);
  into.assign(image.begin(), image.end());
  return true;
}

outcome<std::vector<taken_job>> job_writing_tables::take(std::size_t count_max,
                                                         std::uint64_t bytes_max, std::int64_t now,
                                                         std::int64_t until) {
  if (const auto promoted = promote(now); !promoted) return promoted.error();
  std::vector<taken_job> taken;
  std::vector<std::pair<std::int64_t, taken_job>> next;
  {
    auto row = next_.select(static_cast<std::int64_t>(count_max));
    for (;;) {
      const auto more = row.next();
      if (!more) return more.error();
      if (!*more) break;
      taken_job job;
      job.lease = {std::string{row.text(1)}, row.integer(3) + 1};
      job.name = row.text(2);
      job.tries = static_cast<std::uint32_t>(row.integer(4)) + 1;
      job.made_ms = row.integer(5);
      next.emplace_back(row.integer(0), std::move(job));
    }
  }
  std::uint64_t bytes = 0;
  for (auto& [number, job] : next) {
    std::vector<std::byte> image;
    const auto there = read_image(number, image);
    if (!there) return there.error();
    if (!*there) {  // of a file that was tampered with: nothing else stands behind it for that
      if (const auto ran = give_up_.run(number, "storage_failed: the image is gone", now); !ran) {
        return ran.error();
      }
      continue;
    }
    bytes += image.size();
    if (!taken.empty() && bytes > bytes_max) break;
    if (const auto ran = take_.run(number, until); !ran) return ran.error();
    job.image = std::make_shared<const std::vector<std::byte>>(std::move(image));
    taken.push_back(std::move(job));
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
  return held_only(db, finish_.run(held.uuid, held.take, now, result.label, result.score));
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

outcome<void> job_writing_tables::fail(const job_lease& held, const std::string& error,
                                       std::int64_t now) {
  return fail_.run(held.uuid, held.take, now, error);
}

outcome<void> job_writing_tables::give_back(sqlite::connection& db, const job_lease& held) {
  return held_only(db, give_back_.run(held.uuid, held.take));
}

outcome<void> job_writing_tables::remove(sqlite::connection& db, const std::string& uuid) {
  const auto ran = remove_.run(uuid);
  if (ran && db.changes() == 0) return failure{errc::not_found, "there is no such job"};
  return ran;
}

outcome<std::uint64_t> job_writing_tables::end_leases(std::int64_t due_by, std::uint32_t tries_max,
                                                      const std::string& error, std::int64_t now) {
  statement_run steps;
  std::uint64_t count = 0;
  for (const auto& [number, tries] : steps.rows<2>(leased_, due_by, std::int64_t{step_max})) {
    ++count;
    if (tries >= std::int64_t{tries_max}) {
      steps.run(give_up_, number, error, now);
    } else {
      steps.run(requeue_, number, error);
    }
  }
  if (const auto ended = steps.ended(); !ended) return ended.error();
  return count;
}

outcome<void> job_writing_tables::hasten(std::int64_t latest, std::int64_t now) {
  return hasten_.run(latest, now);
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
