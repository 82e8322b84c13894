// The queue of jobs in jobs.db.
//
// Shapes   changes that come together are committed together. A failed try is followed by another
//          one after retry_wait_least, twice as long each time up to retry_wait_max, less up to
//          half of it by chance. Of results the oldest go where there are more than results_max
// Errors   as job_queue.hpp; start() not having succeeded, a change fails as that did. Images on
//          their way to the disk take waiting_bytes_max at most: more are overloaded
// Threads  as job_queue.hpp; the disk is written on the writer executor and read on the reader's,
//          whose last tasks end before this is destroyed
// Owns     nothing: the file and its writes outlive it
// Source   the library around the matcher, docs/design.md
#pragma once

#include "host/jobs/job_queue.hpp"
#include "host/jobs/jobs_file.hpp"
#include "host/random_source.hpp"
#include "host/store/grouped_writes.hpp"

namespace reprise {

struct job_queue_options {
  job_bounds bounds = {};
  std::chrono::seconds keep{604'800};  // results
  std::uint64_t results_max = 1'000'000;
};

struct job_queue_parts {
  scheduler& home;
  executor& writer;
  executor& reader;
  jobs_file& file;
  grouped_writes<jobs_file>& writes;  // of that file, on the writer
  random_source& random;              // the writer's alone
};

template <typename R>
struct kept_answer;  // stored_job_queue.cpp

class stored_job_queue final : public job_queue {
 public:
  static constexpr std::chrono::milliseconds retry_wait_least{1'000};
  static constexpr std::chrono::milliseconds retry_wait_max{60'000};
  static constexpr std::size_t waiting_bytes_max = 64 << 20;
  static constexpr std::uint64_t taken_bytes_max = 8 << 20;  // by one take, beyond its first job

  stored_job_queue(const job_queue_parts& parts, const job_queue_options& options);

  void start(done<std::vector<job>> told) override;
  void put(new_job added, done<void> told) override;
  void take(std::size_t count_max, std::chrono::milliseconds lease, done<jobs_taken> told) override;
  void extend(job_lease held, std::chrono::milliseconds lease, done<void> told) override;
  void finish(job_lease held, classification result, done<void> told) override;
  void fail(job_lease held, job_failure why, done<job_status> told) override;
  void give_back(job_lease held, done<void> told) override;
  void postpone(job_lease held, done<void> told) override;
  void remove(std::string uuid, done<void> told) override;
  void tend(done<jobs_tended> told) override;
  void get(std::string uuid, done<std::optional<job>> told) override;
  void list(std::optional<job_status> status, std::uint32_t limit,
            std::optional<std::string> cursor, done<page<job>> told) override;
  void count(done<job_counts> told) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }

 private:
  // work(jobs_writing&) and work(jobs_reading&) give an outcome.
  template <typename R, typename Work>
  void change(Work work, done<R> told);
  template <typename R>
  void add(std::function<outcome<void>(jobs_writing&)> made, std::shared_ptr<kept_answer<R>> kept,
           done<R> answer);
  template <typename R, typename Work>
  void read(Work work, done<R> told);
  template <typename R>
  done<R> at_home(done<R> told) const;

  outcome<job_status> fail_now(jobs_writing& on, const job_lease& held, const job_failure& why);
  outcome<jobs_tended> tend_now(jobs_writing& on);
  std::chrono::milliseconds retry_wait(std::uint32_t tries);  // on the writer
  [[nodiscard]] std::int64_t now_ms() const;                  // on any thread

  job_queue_parts parts_;
  job_queue_options options_;
  std::optional<failure> unready_;  // why there was no successful start()
  std::size_t waiting_bytes_ = 0;
  std::chrono::milliseconds lease_max_{0};  // that was asked for; the writer's
  std::shared_ptr<bool> here_ = std::make_shared<bool>();
};

}  // namespace reprise
