// Where one picture at a time is looked at while the service goes on: on a thread of its own, or at
// a server.
//
// Errors   prediction_fault, by reason; stopping: it was not tried. Memory that a look is refused
//          fails that look
// Threads  predict on the home executor, once told of the one before; `told` is called there, once,
//          never inside the call. The worker executor's last task ends before a thread_slot
// Owns     its predictor
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "host/core_link.hpp"
#include "host/jobs/job.hpp"
#include "host/predictions/prediction.hpp"
#include "host/predictions/predictor.hpp"
#include "host/within_memory.hpp"

namespace reprise {

class prediction_slot {
 public:
  virtual ~prediction_slot() = default;
  virtual void predict(const taken_job& of, std::function<void(prediction_outcome)> told) = 0;
};

class thread_slot final : public prediction_slot {
 public:
  thread_slot(scheduler& home, executor& worker, std::unique_ptr<predictor> looks)
      : worker_{worker}, looks_{std::move(looks)}, link_{home} {}

  void predict(const taken_job& of, std::function<void(prediction_outcome)> told) override {
    const auto look = [looks = looks_.get(), image = of.image] {
      return within_memory<classification>([&] { return looks->predict(*image); });
    };
    link_.ask(worker_, look, [told = std::move(told)](const outcome<classification>& seen) {
      told(seen ? prediction_outcome{*seen} : prediction_outcome{fault_of(seen.error())});
    });
  }

 private:
  executor& worker_;
  std::unique_ptr<predictor> looks_;
  core_link link_;
};

}  // namespace reprise
