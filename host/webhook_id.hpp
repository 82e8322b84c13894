// The name of a report, made from what it answers: whoever gets it twice can tell, and a tick that
// is matched again after a crash makes no second report.
//
// Shapes   "rpt_" and 32 hex digits: the first 128 bits of SHA-256 over the channel's name, the
//          time, the rule, and the settings that decide the answer, each behind its length
// Errors   none
// Threads  pure
// Source   storage and delivery, docs/design.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/match/rule.hpp"

namespace reprise {

[[nodiscard]] std::string webhook_id_of(std::string_view channel, std::int64_t time, const rule& by,
                                        const search_settings& settings);

}  // namespace reprise
