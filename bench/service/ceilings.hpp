// What the machine does without the service: the ceilings beside the rows.
//
// Errors   io_failed
// Threads  waits
#pragma once

#include <string>

#include "host/failure.hpp"

namespace reprise::bench {

struct time_spread {
  double p50_ms = 0;
  double p99_ms = 0;
};

// A request of a report's size and its empty answer, on a kept connection over loopback.
[[nodiscard]] outcome<time_spread> exchange_ceiling(std::size_t count);
// `bytes` appended to one file in `folder` and synced.
[[nodiscard]] outcome<time_spread> sync_ceiling(const std::string& folder, std::size_t bytes,
                                                std::size_t count);
// Reading a file of so many bytes from the system's cache.
[[nodiscard]] outcome<double> read_ceiling_seconds(const std::string& file);

}  // namespace reprise::bench
