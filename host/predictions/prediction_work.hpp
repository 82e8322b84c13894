// The workers: they take jobs from the queue, have their pictures looked at, and put down what came
// of it.
//
// Shapes   as many jobs are looked at as there are slots, and as many more are held ready. A try
//          that fails is followed by others as the queue says, unless another try would not help.
//          Behind a doubtful fault (fault_kind) no look begins until the probe (probe.hpp) has been
//          looked at. Where that is answered, what predicts is at work, and the fault was the
//          picture's: its try counts. Where the probe meets a doubtful fault as well, what predicts
//          has failed: no such try counts, and the probe is tried again 1 s later, 2 s, and so on
//          up to outage_wait_max, and from then on one job behind each, until one is answered.
//          Where that is a job, the probe misleads: until one is answered another job alone decides
//          instead of it, and in an outage one is tried behind each probe. The tries of those that
//          failed so count where another job is answered, and not where the probe is. Of an outage
//          those are the last accused_max at most. A fault of the service's own begins an outage at
//          once, and never ends one
// Errors   what the queue refuses is tried again each retry_interval, and meanwhile no lease is let
//          lapse; the first failure in a row is told to the log. While endings_max jobs wait for
//          the disk nothing new is taken
// Threads  made, used and destroyed on the home executor
// Owns     the slots and the jobs in work; the queue outlives it
// Source   the library around the matcher, docs/design.md
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/core_link.hpp"
#include "host/jobs/job_queue.hpp"
#include "host/log.hpp"
#include "host/predictions/job_endings.hpp"
#include "host/predictions/prediction_figures.hpp"
#include "host/predictions/prediction_slot.hpp"
#include "host/predictions/probe.hpp"

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
  static constexpr std::chrono::milliseconds retry_interval = job_endings::retry_interval;
  static constexpr std::chrono::milliseconds tend_interval{1'000};
  static constexpr std::chrono::milliseconds tend_again{10};
  static constexpr std::size_t endings_max = 16;
  static constexpr std::size_t accused_max = 16;  // in an outage
  static constexpr std::chrono::milliseconds outage_wait_least{1'000};
  static constexpr std::chrono::milliseconds outage_wait_max{30'000};
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
    bool probes = false;
    std::uint64_t decides = 0;  // the trust, by its number, that an answer ends
    std::uint64_t looks = 0;    // begun: an answer to an earlier one comes too late
    [[nodiscard]] bool is_free() const noexcept { return !job && !probes; }
  };
  // What is held of what predicts. doubted: until the first probe is answered or, where that
  // misleads, the first other job.
  enum class trust : std::uint8_t { sound, doubted, failed };
  struct accused_job {
    taken_job of;
    prediction_fault why;
  };
  struct extension {
    std::size_t waiting = 0;
    bool is_refused = false;
    wall_time begun;
  };

  void tend();
  void extend_and_tend();
  void end_lapsed();
  [[nodiscard]] std::vector<job_lease> held() const;
  void tell(const std::vector<job>& changed);
  void take();
  void taken(std::size_t asked, const outcome<jobs_taken>& answer);
  [[nodiscard]] bool may_begin() const noexcept;
  void begin_waiting();
  void look(place& at);
  void looked(place& at, const prediction_outcome& seen, std::chrono::duration<double> took);
  void accuse(taken_job of, const prediction_fault& why);
  void do_without_others();
  void begin_probe();
  void probed(const prediction_outcome& seen);
  void change_trust(trust to);
  void trust_again(bool tries_count);
  void begin_outage(const prediction_fault& why);
  void wait_longer();
  void probe_later();
  void go_on();
  void give_back(taken_job of, bool goes_last = false);
  void give_back_ready(std::size_t kept);
  void give_back_accused();
  void ended(const job_ending& ending, const outcome<job_status>& stored);
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
  const taken_job probe_ = make_probe();
  trust trust_ = trust::sound;
  std::uint64_t trust_number_ = 1;    // one more with each change
  std::vector<accused_job> accused_;  // until it is decided whether their tries count
  bool probe_misleads_ = false;  // a job was answered where it was not, and it has not been since
  bool probe_is_due_ = false;
  bool job_is_due_ = false;  // one alone, which decides
  timer_id outage_timer_;
  std::chrono::milliseconds outage_wait_ = outage_wait_least;
  bool started_ = false;
  bool taking_ = false;
  bool woken_ = false;  // while it was taking
  bool fault_told_ = false;
  wall_time extended_;  // all leases held
  bool draining_ = false;
  bool over_ = false;  // behind the drain's deadline
  timer_id patience_;
  std::function<void()> drained_;
  job_endings endings_;
  core_link link_;
};

}  // namespace reprise
