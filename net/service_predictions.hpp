// The part of the running service that predicts: the desk, and the threads that its pictures are
// looked at on.
//
// Errors   make: configuration_invalid: a model is missing or fails to load, or its helper is not
//          installed. Without a model and without the helper it is made all the same: the desk says
//          so to whoever asks
// Threads  made, finished and destroyed by one; the desk as it says
// Owns     the desk and its workers
// Source   the library around the matcher, docs/design.md
#pragma once

#include <memory>
#include <vector>

#include "host/configuration.hpp"
#include "host/worker_thread.hpp"
#include "net/prediction_desk.hpp"

namespace reprise {

class service_predictions {
 public:
  // Of `parts` the workers and what makes a vision are given here.
  [[nodiscard]] static outcome<std::unique_ptr<service_predictions>> make(
      const prediction_settings& chosen, prediction_desk_parts parts);
  ~service_predictions() { finish(); }

  [[nodiscard]] prediction_desk& desk() noexcept { return *desk_; }
  // Behind the desk's drain: nothing runs on these threads afterwards.
  void finish();

 private:
  std::vector<std::unique_ptr<worker_thread>> workers_;
  std::unique_ptr<prediction_desk> desk_;
};

}  // namespace reprise
