// Jobs that are in work no more, on their way back to the queue: with a result, with a failed try,
// or untried.
//
// Shapes   each is tried again retry_interval after the queue refused it, until close()
// Errors   told: data_conflict: the lease held no more, and the job is another's or gone; others
//          behind close() alone. refused: what the queue refused, each time
// Threads  made, used and destroyed on the home executor; both are called there
// Owns     the jobs on their way, without their images; the queue outlives it
// Source   the library around the matcher, docs/design.md
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <optional>

#include "host/core_link.hpp"
#include "host/jobs/job_queue.hpp"
#include "host/predictions/prediction.hpp"

namespace reprise {

struct job_ending {
  taken_job of;
  std::optional<prediction_outcome> seen = {};  // none: its try does not count
  bool goes_last = false;                       // where it does not: behind the others of its owner
};

class job_endings {
 public:
  static constexpr std::chrono::milliseconds retry_interval{1'000};
  // What the job has become.
  using listener = std::function<void(const job_ending&, const outcome<job_status>&)>;

  job_endings(scheduler& home, job_queue& queue, listener told,
              std::function<void(const failure&)> refused);

  void add(job_ending added);
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }
  [[nodiscard]] const std::list<job_ending>& all() const noexcept { return waiting_; }
  // What is refused from now on is told, and not tried again.
  void close() noexcept { closed_ = true; }

 private:
  using entry = std::list<job_ending>::iterator;

  void send(entry at);
  void answered(entry at, const outcome<job_status>& stored);

  job_queue& queue_;
  listener told_;
  std::function<void(const failure&)> refused_;
  std::list<job_ending> waiting_;
  bool closed_ = false;
  core_link link_;
};

}  // namespace reprise
