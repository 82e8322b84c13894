// Times, lags and similarities as people read them.
//
// Threads  pure
#pragma once

#include <cstdint>
#include <string>

#include "host/match/score.hpp"

namespace reprise {

// A UNIX timestamp as "YYYY-MM-DD HH:MM:SS" in UTC; beyond the year 9999 its digits. Not negative.
[[nodiscard]] std::string readable_time(std::int64_t time);

// "h:mm:ss".
[[nodiscard]] std::string readable_lag(std::uint32_t lag_seconds);

// "97.31%", rounded down, so that "100.00%" is the greatest score alone.
[[nodiscard]] std::string readable_similarity(score_value score, const rule& by);

}  // namespace reprise
