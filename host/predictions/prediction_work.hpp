// The workers: they take jobs from the queue, have their pictures looked at, and put down what came
// of it.
//
// Shapes   as many jobs are looked at as there are slots, and as many more are held ready. A try
//          that fails is followed by others as the queue says, unless another try would not help.
//          After a fault of what predicts (fault_kind) one job is tried, 1 s later, 2 s, and so on
//          up to outage_wait_max, until one of these is looked at: no such try counts, unless
//          others were predicted between two of the same picture
// Errors   what the queue refuses is tried again each retry_interval; the first failure in a row is
//          told to the log. While results_waiting_max results wait for the disk nothing new is
//          taken
// Threads  made, used and destroyed on the home executor
// Owns     the slots and the jobs in work; the queue outlives it
// Source   the library around the matcher, docs/design.md
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/core_link.hpp"
#include "host/jobs/job_queue.hpp"
#include "host/log.hpp"
#include "host/predictions/prediction_figures.hpp"
#include "host/predictions/prediction_slot.hpp"

namespace reprise {

struct prediction_work_parts {
  scheduler& home;
  job_queue& queue;
  std::vector<std::unique_ptr<prediction_slot>> slots;
  prediction_figures& figures;
  std::function<void(const job&)> changed = [](const job&) {};  // what it has become
  std::function<void(const job_counts&)> counted = [](const job_counts&) {};
  log_teller log = [](log_level, std::string_view, std::initializer_list<log_field>) {};
  std::chrono::milliseconds deadline{10'000};  // of one look
};

class prediction_work {
 public:
  static constexpr std::chrono::milliseconds retry_interval{1'000};
  static constexpr std::chrono::milliseconds tend_interval{1'000};
  static constexpr std::chrono::milliseconds tend_again{10};
  static constexpr std::size_t results_waiting_max = 16;
  static constexpr std::chrono::milliseconds outage_wait_least{1'000};
  static constexpr std::chrono::milliseconds outage_wait_max{30'000};
  static constexpr std::size_t suspects_max = 1'000;
  static constexpr std::chrono::milliseconds give_up_wait{2'000};

  explicit prediction_work(prediction_work_parts parts);

  void start();
  // A job was put.
  void wake();
  // Nothing new is looked at. Those in work end, or at the deadline go back to the queue, which has
  // give_up_wait for that.
  void drain(steady_time deadline, std::function<void()> drained);

 private:
  struct place {
    std::unique_ptr<prediction_slot> slot;
    std::optional<taken_job> job = {};  // in work
    std::uint64_t looks = 0;            // begun: an answer to an earlier one comes too late
  };
  struct outage {
    std::chrono::milliseconds wait = outage_wait_least;
    bool timer_runs = false;
    bool may_probe = false;
    timer_id timer;
  };

  void tend();
  void tell(const std::vector<job>& changed);
  void extend_leases();
  void take();
  void taken(std::size_t asked, const outcome<jobs_taken>& answer);
  void begin_waiting();
  void look(place& at);
  void looked(place& at, const prediction_outcome& seen, std::chrono::duration<double> took);
  [[nodiscard]] bool is_blamed(const std::string& uuid);
  void begin_outage(const prediction_fault& why);
  void end_outage();
  void put_down(const taken_job& of, const prediction_outcome& seen);
  void ended(const taken_job& of, const prediction_outcome& seen,
             const outcome<job_status>& stored);
  void give_back(const taken_job& of);
  void postpone(const taken_job& of);
  [[nodiscard]] done<void> returned(const taken_job& of);
  void note_fault(const failure& why);
  void end_drain_if_over();
  void give_up();  // at the drain's deadline
  void end_drain();

  [[nodiscard]] std::chrono::milliseconds lease() const;
  [[nodiscard]] std::size_t free_places() const;
  [[nodiscard]] std::chrono::duration<double> since(std::int64_t made_ms) const;

  prediction_work_parts parts_;
  std::vector<place> places_;
  std::deque<taken_job> ready_;
  std::optional<outage> outage_;
  std::uint64_t seen_ = 0;                         // pictures that were predicted
  std::map<std::string, std::uint64_t> suspects_;  // uuid: seen_ at the predictor's last fault
  bool started_ = false;
  bool taking_ = false;
  bool woken_ = false;  // while it was taking
  bool fault_told_ = false;
  std::size_t unstored_ = 0;  // results and returns on their way to the queue
  bool draining_ = false;
  bool over_ = false;  // behind the drain's deadline
  timer_id patience_;
  std::function<void()> drained_;
  core_link link_;
};

}  // namespace reprise
