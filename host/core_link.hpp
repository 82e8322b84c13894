// How a part that lives on the core executor has work done elsewhere and hears of it: answers come
// back as tasks of the core, and none comes to a part that is gone.
//
// Errors   none
// Threads  made, used and destroyed on the core executor; `work` runs where it is sent, and what it
//          touches must outlive that executor's tasks
// Owns     its timers, in that none runs after it
#pragma once

#include <memory>
#include <utility>

#include "host/executor.hpp"

namespace reprise {

class core_link {
 public:
  explicit core_link(scheduler& core) : core_{core} {}
  core_link(const core_link&) = delete;
  core_link& operator=(const core_link&) = delete;

  // Runs work() on `where`, then then(its answer) on the core.
  template <typename Work, typename Then>
  void ask(executor& where, Work work, Then then) {
    where.post([&core = core_, here = std::weak_ptr<bool>{here_}, work = std::move(work),
                then = std::move(then)]() mutable {
      using answer_type = decltype(work());
      auto answer = std::make_shared<answer_type>(work());
      core.post(
          [here = std::move(here), answer = std::move(answer), then = std::move(then)]() mutable {
            if (!here.expired()) then(std::move(*answer));
          });
    });
  }
  void post(task run) { core_.post(guarded(std::move(run))); }
  timer_id after(std::chrono::nanoseconds span, task run) {
    return core_.at(core_.clock().steady() + span, guarded(std::move(run)));
  }
  void cancel(timer_id cancelled) { core_.cancel(cancelled); }
  [[nodiscard]] steady_time steady() const { return core_.clock().steady(); }
  [[nodiscard]] std::int64_t tick() const { return tick_of(core_.clock().wall()); }
  [[nodiscard]] const clock_source& clock() const { return core_.clock(); }

 private:
  [[nodiscard]] task guarded(task run) const {
    return [here = std::weak_ptr<bool>{here_}, run = std::move(run)] {
      if (!here.expired()) run();
    };
  }

  scheduler& core_;
  std::shared_ptr<bool> here_ = std::make_shared<bool>();
};

}  // namespace reprise
