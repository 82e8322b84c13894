// What events add to the sums of their minutes, gathered so that each sum is written once.
//
// Shapes   ordered by client and minute, each pair once; the client '' is all of them together
// Errors   std::bad_alloc
// Threads  pure
// Owns     nothing: names of clients live as long as the events
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "host/moving_average/event_batch.hpp"
#include "host/moving_average/sliding_total.hpp"

namespace reprise {

struct minute_change {
  std::string_view client;
  std::int64_t minute = 0;  // since 1970
  duration_total added;
};

[[nodiscard]] std::vector<minute_change> changes_of_all(const event_batch& events);
// Without the events that have no client's name, or an empty one.
[[nodiscard]] std::vector<minute_change> changes_of_clients(const event_batch& events);

// Dates whose averages over `window` minutes the minute touches and no later one of `changes` does,
// which are those of one client: [minute, end).
[[nodiscard]] std::int64_t end_of_touched(std::span<const minute_change> changes, std::size_t index,
                                          std::uint32_t window);

}  // namespace reprise
