// Delivery events, their sums and their moving averages: what changes them and what reads them,
// behind two interfaces. library.db in the data directory.
//
// Shapes   an average at a date is of the events in (date - window, date]. Those of all clients
//          together are kept for the configured windows; all others are computed from the sums of
//          the minutes. An event without a client's name, or with an empty one, counts for all
//          clients together alone
// Errors   storage_full, io_failed, storage_lost: as state_store.hpp; out_of_range where events
//          touch more than touched_averages_max averages, or more come together than
//          duration_counts_max. What failed has changed nothing
// Threads  a delivery_writer on one thread at a time, a delivery_reader on another; both at once
// Owns     nothing: the library_file outlives them
// Source   the library around the matcher, docs/design.md
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/library/library_file.hpp"
#include "host/moving_average/event_batch.hpp"
#include "host/moving_average/sliding_total.hpp"

namespace reprise {

// An event costs a row for each minute of each configured window.
inline constexpr std::size_t configured_windows_max = 8;
inline constexpr std::uint32_t configured_window_minutes_max = 1'440;
inline constexpr std::uint64_t touched_averages_max = 1'000'000;  // by one add()
inline constexpr std::size_t averages_read_max = 1'000;

class delivery_writer {
 public:
  virtual ~delivery_writer() = default;
  // Makes the averages of windows that were not configured before, and drops those of others. What
  // else is called does so first where it has not been done.
  [[nodiscard]] virtual outcome<void> prepare() = 0;
  // All of them, durable, or none. Any order, and any time of the past.
  [[nodiscard]] virtual outcome<void> add(const event_batch& events, event_time received) = 0;
  // Some of the events that were received before; how many those are. Sums and averages that
  // nothing has touched since go with them. Called again until it is 0.
  [[nodiscard]] virtual outcome<std::uint64_t> expire(event_time before) = 0;
};

class delivery_reader {
 public:
  virtual ~delivery_reader() = default;
  // Of every date from `from` to `to`, both inclusive, at most averages_read_max; of all clients
  // together where `client` is empty. A window of 1 to window_minutes_max minutes.
  [[nodiscard]] virtual outcome<std::vector<duration_total>> averages(
      std::uint32_t window_minutes, event_minute from, event_minute to,
      const std::string& client) = 0;
};

// `windows` of 1 to configured_window_minutes_max minutes, each once, at most
// configured_windows_max: asserted.
[[nodiscard]] std::unique_ptr<delivery_writer> make_delivery_writer(
    library_file& on, std::vector<std::uint32_t> windows);
[[nodiscard]] std::unique_ptr<delivery_reader> make_delivery_reader(library_file& on);

}  // namespace reprise
