// Time that passes only when it is told to: a scheduler whose clock jumps from task to task, so
// that a day of the service runs in seconds, the same way each time.
//
// Shapes   tasks run by moment, those of one moment in the order in which they were given
// Errors   none; asserted: time does not go back
// Threads  one
// Owns     the waiting tasks
#pragma once

#include <map>
#include <unordered_map>
#include <utility>

#include "host/executor.hpp"

namespace reprise {

class simulated_scheduler final : public scheduler {
 public:
  // The steady clock begins at an hour, so that earlier moments exist.
  explicit simulated_scheduler(wall_time begin);

  void post(task run) override;
  [[nodiscard]] timer_id at(steady_time when, task run) override;
  void cancel(timer_id cancelled) override;
  [[nodiscard]] const clock_source& clock() const noexcept override { return clock_; }

  // Runs all tasks up to and with that moment, and leaves the clock there.
  void run_until(steady_time moment);
  void run_for(std::chrono::nanoseconds span) { run_until(clock_.steady() + span); }
  // Runs tasks until none waits for the present moment.
  void run_ready() { run_until(clock_.steady()); }
  // The wall clock steps; the steady one does not.
  void step_wall(std::chrono::nanoseconds by) { clock_.offset += by; }
  [[nodiscard]] std::size_t waiting() const noexcept { return tasks_.size(); }

 private:
  struct simulated_clock final : clock_source {
    [[nodiscard]] wall_time wall() const noexcept override {
      return wall_time{now.time_since_epoch() + offset};
    }
    [[nodiscard]] steady_time steady() const noexcept override { return now; }
    steady_time now{std::chrono::hours{1}};
    std::chrono::nanoseconds offset{};
  };
  using key = std::pair<steady_time, std::uint64_t>;

  std::uint64_t add(steady_time when, task run);

  simulated_clock clock_;
  std::uint64_t next_ = 1;
  std::map<key, task> tasks_;
  std::unordered_map<std::uint64_t, steady_time> when_;
};

// An executor of simulated time: each task runs `delay` after the one before it has run, or after
// it was posted, whichever is later.
class simulated_executor final : public executor {
 public:
  simulated_executor(simulated_scheduler& time, std::chrono::nanoseconds delay)
      : time_{time}, delay_{delay} {}
  void post(task run) override;
  void set_delay(std::chrono::nanoseconds delay) { delay_ = delay; }
  // Tasks that have not run yet never do: the process has died.
  void abandon() { ++generation_; }

 private:
  simulated_scheduler& time_;
  std::chrono::nanoseconds delay_;
  steady_time free_{};
  std::uint64_t generation_ = 0;
};

}  // namespace reprise
