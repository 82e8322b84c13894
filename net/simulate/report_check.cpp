#include "net/simulate/report_check.hpp"

#include <algorithm>
#include <vector>

#include "host/failure.hpp"
#include "host/match/assert.hpp"

namespace reprise::simulate {

outcome<bool> is_right(const broadcast& shown, std::uint32_t channel, std::int64_t time,
                       std::span<const std::int64_t> match_times, const search_settings& settings,
                       matcher& exact) {
  REPRISE_ASSERT(!match_times.empty());
  const auto added = exact.add_channel(settings);
  if (!added) return failure{added.error(), "the search settings of a report's channel"};
  // A run of change vectors needs one second more than it has vectors.
  const std::int64_t earliest = *std::min_element(match_times.begin(), match_times.end());
  std::vector<std::int64_t> owed;
  for (std::int64_t at = earliest - exact.parameters().run; at <= time; ++at) {
    const auto bits = shown.at(channel, at);
    if (!bits) continue;
    const tick asked[] = {{.channel = *added, .time = at, .fingerprint = *bits}};
    tick_result answer[1];
    exact.step(asked, answer);
    if (at < time || answer[0].error) continue;
    for (const match& one : answer[0].best) owed.push_back(time - one.lag_seconds);
  }
  exact.remove_channel(*added);
  return std::equal(owed.begin(), owed.end(), match_times.begin(), match_times.end());
}

}  // namespace reprise::simulate
