// One whole simulation: sources and a sink in this process, their channels registered at a running
// service, some time of broadcast, and the verdict.
//
// Errors   what the service refuses, as service_calls.hpp; io_failed where it cannot listen
// Threads  run_simulation() waits; sources and sink run on a thread of its own. `interrupted` may
//          be set from anywhere
// Owns     the channels named channel_name() of its seed at the service: older ones of that name
//          are removed first, and its own stay there, disabled, for who wants to look at them
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "host/match/matcher.hpp"
#include "net/simulate/report_sink.hpp"
#include "net/simulate/service_calls.hpp"
#include "net/simulate/source_server.hpp"
#include "net/simulate/verdict.hpp"

namespace reprise::simulate {

struct simulation_options {
  std::string service;  // its URL
  std::string key;      // may be empty
  std::int64_t seconds = 30;
  broadcast_options shown;
  source_server_options sources;
  report_sink_options sink;
  // Called now and then while it runs, with what has come and for how many seconds it runs; false
  // ends it, as an interruption does.
  std::function<bool(const report_log&, std::int64_t seconds)> watch = {};
  std::chrono::seconds settle_max{60};  // how long waiting reports are waited for at the end
};

// "simulated-1-0007": of the seed 1, channel 7.
[[nodiscard]] std::string simulated_name(std::uint64_t seed, std::uint32_t channel);

// Puts the sources' channels, whatever stood there before under their names.
[[nodiscard]] outcome<void> register_channels(service_calls& service, const source_server& sources,
                                              std::uint64_t seed, std::uint32_t channels,
                                              const std::string& reporting_url);

// `tell` gets one line of progress now and then. `exact` gives the exact answer.
[[nodiscard]] outcome<simulation_verdict> run_simulation(
    const simulation_options& options, matcher& exact, const std::atomic<bool>& interrupted,
    const std::function<void(std::string_view)>& tell);

}  // namespace reprise::simulate
