// How a model at a server is opened: at the start of the service, which does not wait for the
// server, and behind it until the model is there.
//
// Shapes   start() is answered within start_wait_max. A try that fails is followed by another one
//          after retry_wait_least, then twice as long each time, up to retry_wait_max
// Errors   start: configuration_invalid: the model is missing or unfit, and it was said in time.
//          Whatever else fails, and that later, goes to the log, the same words once in a row
// Threads  the home executor; destroyed where nothing comes of the client any more
// Owns     nothing: the client outlives it
#pragma once

#include <chrono>
#include <string>

#include "host/core_link.hpp"
#include "host/done.hpp"
#include "host/log.hpp"
#include "net/inference_client.hpp"

namespace reprise {

class inference_opening {
 public:
  static constexpr std::chrono::milliseconds start_wait_max{2'000};
  static constexpr std::chrono::milliseconds retry_wait_least{1'000};
  static constexpr std::chrono::milliseconds retry_wait_max{30'000};

  inference_opening(inference_client& client, scheduler& home, log_teller log);

  void start(done<void> told);

 private:
  void open();
  void opened(const outcome<void>& ended);
  void note_fault(const std::string& why);
  void answer(const outcome<void>& with);  // the start, once

  inference_client& client_;
  log_teller log_;
  done<void> told_;
  timer_id patience_;
  std::chrono::milliseconds wait_ = retry_wait_least;
  std::string fault_;  // told to the log last
  core_link link_;
};

}  // namespace reprise
