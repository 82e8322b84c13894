// The core executor of the running service: tasks and timers on the one thread that runs an
// io_context.
//
// Shapes   tasks run in the order posted; timers by moment, those of one moment in the order given;
//          thousands of them share one timer of the system
// Errors   none
// Threads  as host/executor.hpp; the io_context is run by one thread
// Owns     the timers. Outlives every run of the io_context
#pragma once

#include <map>
#include <unordered_map>
#include <utility>

#include "host/executor.hpp"
#include "net/asio.hpp"

namespace reprise {

class core_scheduler final : public scheduler {
 public:
  explicit core_scheduler(net::io_context& io) : io_{io}, wake_{io} {}

  void post(task run) override;
  [[nodiscard]] timer_id at(steady_time when, task run) override;
  void cancel(timer_id cancelled) override;
  [[nodiscard]] const clock_source& clock() const noexcept override { return clock_; }
  [[nodiscard]] std::size_t timers_waiting() const noexcept { return timers_.size(); }

 private:
  using key = std::pair<steady_time, std::uint64_t>;

  void wait();
  void run_due();

  net::io_context& io_;
  system_clock_source clock_;
  net::steady_timer wake_;
  steady_time wake_at_ = steady_time::max();  // max: wake_ is not waiting
  std::uint64_t next_ = 1;
  std::map<key, task> timers_;
  std::unordered_map<std::uint64_t, steady_time> when_;
};

}  // namespace reprise
