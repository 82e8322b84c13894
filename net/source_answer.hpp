// What a source's answer says of one tick: a fingerprint and perhaps its second, or why there is
// none.
//
// Shapes   X-Frame-Time is a whole UNIX second, in decimal digits
// Errors   none: what cannot be used is a reading with a gap's reason and one line for people
// Threads  pure
// Source   formats, faults: docs/design.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/fingerprint.hpp"
#include "net/http_exchange.hpp"

namespace reprise {

inline constexpr std::int64_t frame_ahead_max_seconds = 5;
inline constexpr std::int64_t frame_age_max_seconds = 60;

struct source_reading {
  gap_reason reason = gap_reason::none;
  std::string what;  // empty where there is no fault
  fingerprint bits{};
  std::optional<std::int64_t> frame_time;
  steady_time received{};
};

// `tick`: in which it was asked; what came behind `deadline` is late.
[[nodiscard]] source_reading read_source_answer(const exchange_result& result, std::int64_t tick,
                                                steady_time deadline);

}  // namespace reprise
