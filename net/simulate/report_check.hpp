// Whether one report is right, by what was broadcast alone: at once, before a whole run is judged.
//
// Shapes   match times as in a report: best first
// Errors   what the matcher refuses of the settings, host_memory
// Threads  pure; the matcher is used by one call at a time
// Agrees   the exact answer is the search of the broadcast from a run before the earliest match
//          time on: a service that was told those seconds owes exactly this report
#pragma once

#include <cstdint>
#include <span>

#include "host/match/matcher.hpp"
#include "net/simulate/broadcast.hpp"

namespace reprise::simulate {

// Asserted: there is a match time.
[[nodiscard]] outcome<bool> is_right(const broadcast& shown, std::uint32_t channel,
                                     std::int64_t time, std::span<const std::int64_t> match_times,
                                     const search_settings& settings, matcher& exact);

}  // namespace reprise::simulate
