// What the poller counts, and how it is told as metrics.
//
// Threads  one at a time
#pragma once

#include <array>
#include <cstdint>

#include "host/channel_book.hpp"
#include "host/gap_reason.hpp"
#include "host/metrics.hpp"

namespace reprise {

struct poller_figures {
  gap_counts polls{};   // own polls, by result; `none` is a fingerprint
  gap_counts probes{};  // likewise
  gap_counts missed{};  // ticks that were not asked, of all channels
  latency_histogram poll_seconds;
  latency_histogram lateness;
  std::uint64_t in_flight = 0;
  std::uint64_t in_flight_max = 0;
  std::uint64_t clock_steps = 0;

  // `book` for the channels by state.
  void write(metric_writer& into, channel_book& book) const;
};

}  // namespace reprise
