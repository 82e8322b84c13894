// What was found against what was due: the repeats of `reprise scan --repeats`, the schedule, and
// the reference engine's repeats of the clips' own fingerprints laid out by the schedule.
//
// Threads  pure
#pragma once

#include <string>
#include <vector>

#include "tests/film_demo/changes.hpp"
#include "tests/film_demo/schedule.hpp"

namespace reprise::film_demo {

struct found_repeat {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t lag = 0;
  double similarity = 0;
  bool still = false;
};

// The lines that scan prints; data_malformed if one is not as it should be.
[[nodiscard]] outcome<std::vector<found_repeat>> parse_repeats(const std::string& lines);

// All repeats by the reference engine, at scan's default similarity.
[[nodiscard]] outcome<std::vector<found_repeat>> reference_repeats(const second_map& seconds);

// The found repeat at the lag of `due` that spans it, else nothing.
[[nodiscard]] const found_repeat* find_repeat(const std::vector<found_repeat>& found,
                                              const scheduled_repeat& due);

// Whether `asked` is in `all` with the same kind, lag, start and end.
[[nodiscard]] bool contains(const std::vector<found_repeat>& all, const found_repeat& asked);

}  // namespace reprise::film_demo
