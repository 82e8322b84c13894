// `reprise simulate run|sources|sink`: a broadcast to try the service with, and the verdict on it.
//
// Errors   usage: as option_values.hpp; otherwise as simulation_run.hpp. `run`, and `sink` with
//          --service, exit 0 only on a clean verdict
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

inline constexpr command_group simulate_group = {
    "simulate", "Broadcast many made-up channels to a service, and judge what it reports"};

[[nodiscard]] std::unique_ptr<command> make_simulate_run_command();
[[nodiscard]] std::unique_ptr<command> make_simulate_sources_command();
[[nodiscard]] std::unique_ptr<command> make_simulate_sink_command();

}  // namespace reprise
