// Retry-After: how long a sink asks us to stay away.
//
// Shapes   whole seconds, or a date in any of the three forms of RFC 9110, section 5.6.7; a date
//          that has passed is 0
// Errors   nothing where the text is neither
// Threads  pure
// Source   RFC 9110, section 10.2.3
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "host/clock.hpp"

namespace reprise {

// However far away the date is; at most a hundred years.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view text,
                                                                    wall_time now);

}  // namespace reprise
