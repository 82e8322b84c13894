// The verdict of a sink that stands alone: the reports that it took, against the exact answer over
// what the service exports.
//
// Errors   as service_calls.hpp
// Threads  waits; the sink's thread must have ended
//
// Judged are the channels that report to where those report that it has heard of, by the settings
// that the service shows. What was served, and gaps, only the sources can judge.
#pragma once

#include "net/simulate/service_calls.hpp"
#include "net/simulate/verdict.hpp"

namespace reprise {

// Reports of ticks in [from, to) are judged.
[[nodiscard]] outcome<simulation_verdict> judge_sink(service_calls& service, const report_log& log,
                                                     std::int64_t from, std::int64_t to,
                                                     matcher& exact);

}  // namespace reprise
