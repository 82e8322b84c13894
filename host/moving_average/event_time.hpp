// Times of events as text, and the minutes that they belong to.
//
// Shapes   "YYYY-MM-DD HH:MM:SS" and at most six digits behind a point; a T may stand for the
//          space, and a Z at the end. UTC, real days, no leap seconds, from year 1 to the last
//          whole minute of year 9999. An event belongs to the minute that is its time rounded up:
//          one at exactly 18:12:00 belongs to 18:12, one a microsecond later to 18:13
// Errors   nothing where a text is no such time; asserted: minutes that are written have a year of
//          1 to 9999
// Threads  pure
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace reprise {

using event_time = std::chrono::sys_time<std::chrono::microseconds>;
using event_minute = std::chrono::sys_time<std::chrono::minutes>;

inline constexpr std::string_view event_time_expected =
    "YYYY-MM-DD HH:MM:SS, at most six digits behind a point, up to 9999-12-31 23:59:00";

[[nodiscard]] std::optional<event_time> parse_event_time(std::string_view text) noexcept;

[[nodiscard]] inline event_minute minute_of(event_time time) noexcept {
  return std::chrono::ceil<std::chrono::minutes>(time);
}

// "YYYY-MM-DD HH:MM:00".
void append_minute(std::string& out, event_minute minute);

}  // namespace reprise
