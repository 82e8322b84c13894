// A durable queue of jobs: what is put is there after any crash, is worked on under a lease, and
// ends once. An outside queue (JetStream and the like) fits behind it as well.
//
// Shapes   within one owner jobs are taken in the order in which they came or, after a failed try,
//          fell due again; between owners in turns, so that a thousand jobs of one do not hold up
//          another's first. A lease holds until another take of its job: it lapses when its time is
//          over, or with the process that took it, and the try it was for counts
// Errors   overloaded: the queue is full; data_conflict: the lease holds no more; not_found;
//          storage_full, io_failed, storage_lost: nothing has changed; usage: no cursor of ours
// Threads  made, used and destroyed on one scheduler, its home; `done` is called there
// Owns     the jobs
// Source   the library around the matcher, docs/design.md
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "host/done.hpp"
#include "host/jobs/job.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

// How a try failed: for good, or to be followed by another one, unless it was the last.
struct job_failure {
  std::string error;  // one line
  bool for_good = false;
};

struct jobs_taken {
  std::vector<taken_job> jobs;
  std::vector<job> failed;  // which could not be taken
};

struct jobs_tended {
  std::vector<job> changed;  // whose leases were over: queued again, or failed
  bool is_over = true;       // else it is to be called again soon
};

class job_queue {
 public:
  virtual ~job_queue() = default;

  // Before any other change: leases of a process that has ended are void, and their jobs queued
  // again, or failed where that was the last try. Tells which. It may be called again until it
  // succeeds.
  virtual void start(done<std::vector<job>> told) = 0;
  // Told when it is durable.
  virtual void put(new_job added, done<void> told) = 0;
  // Those whose turn it is, up to count_max, none where none is due. Their tries are counted.
  virtual void take(std::size_t count_max, std::chrono::milliseconds lease,
                    done<jobs_taken> told) = 0;
  // From now on for as long again.
  virtual void extend(job_lease held, std::chrono::milliseconds lease, done<void> told) = 0;
  virtual void finish(job_lease held, classification result, done<void> told) = 0;
  // Tells whether the job is queued again or has failed.
  virtual void fail(job_lease held, job_failure why, done<job_status> told) = 0;
  // The try was not made: it is not counted, and the job is next.
  virtual void give_back(job_lease held, done<void> told) = 0;
  // Likewise, but the job stands behind the others of its owner.
  virtual void postpone(job_lease held, done<void> told) = 0;
  // Whatever its state; a result on its way is dropped.
  virtual void remove(std::string uuid, done<void> told) = 0;
  // To be called each second or so: ends leases whose time is over, and removes results that have
  // been kept long enough, some at a time.
  virtual void tend(done<jobs_tended> told) = 0;

  virtual void get(std::string uuid, done<std::optional<job>> told) = 0;
  // The newest first.
  virtual void list(std::optional<job_status> status, std::uint32_t limit,
                    std::optional<std::string> cursor, done<page<job>> told) = 0;
  virtual void count(done<job_counts> told) = 0;
};

}  // namespace reprise
