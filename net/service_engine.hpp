// The engine of the service as it is configured, and how much memory its histories may come to.
//
// Errors   as make_live_matcher()
// Threads  the main one; `log` is told of lost devices on the thread that steps the engine
#pragma once

#include <memory>

#include "host/live_service.hpp"
#include "host/match/matcher.hpp"
#include "host/match/memory_budget.hpp"
#include "net/running_service.hpp"

namespace reprise {

struct service_engine {
  std::unique_ptr<matcher> engine;
  std::shared_ptr<memory_budget> memory;
  bool has_devices = false;  // besides the CPU
};

// `log` must outlive it.
[[nodiscard]] outcome<service_engine> make_service_engine(const service_setup& setup,
                                                          event_log& log);

[[nodiscard]] service_options options_of(const configuration& made, bool has_devices);

}  // namespace reprise
