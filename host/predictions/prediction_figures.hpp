// What is counted of predictions.
//
// Errors   none
// Threads  any
// Source   host/metrics.hpp
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "host/clock.hpp"
#include "host/jobs/job.hpp"
#include "host/metrics.hpp"
#include "host/predictions/prediction.hpp"

namespace reprise {

// removed: by request, or its lease was lost, while it was being looked at.
enum class prediction_end : std::uint8_t { done = 0, failed, removed };

class prediction_figures {
 public:
  struct limits {
    std::uint64_t jobs = 0;
    std::uint64_t image_bytes = 0;
    std::uint64_t results = 0;
    std::uint64_t writing_bytes = 0;
    std::uint64_t library_rows = 0;  // 0: no library is searched
  };

  explicit prediction_figures(const limits& most) : limits_{most} {}

  void note_taken_in() { add(accepted_); }
  void note_full() { add(refused_); }
  void note_try(std::chrono::duration<double> took);
  void note_fault(prediction_reason reason);
  void note_end(prediction_end end, std::chrono::duration<double> since_made);
  // What predicts has failed, and nothing but tries of it is taken.
  void set_outage(bool is_on) {
    const std::lock_guard lock{mutex_};
    outage_ = is_on;
  }
  // As they were a moment ago.
  void set(const job_counts& counts, std::uint64_t writing_bytes, std::uint64_t library_rows);
  void write_metrics(metric_writer& into, const clock_source& clock) const;

 private:
  void add(std::uint64_t& to) {
    const std::lock_guard lock{mutex_};
    ++to;
  }

  const limits limits_;
  mutable std::mutex mutex_;
  job_counts counts_;
  bool outage_ = false;
  std::uint64_t writing_bytes_ = 0;
  std::uint64_t library_rows_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t tries_ = 0;
  std::array<std::uint64_t, prediction_reasons> faults_{};
  std::array<std::uint64_t, 3> ends_{};  // by prediction_end
  latency_histogram work_seconds_;
  latency_histogram seconds_;
};

}  // namespace reprise
