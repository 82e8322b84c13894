// A stream of events in, its moving averages out: one pass, with memory for one window.
//
// Shapes   in: one event a line (delivery_event.hpp), ordered by time; blank lines are passed over.
//          out: a row (average_row.hpp) for each minute from the minute in which the first event
//          lies to the first whole minute at or after the last event, of the events that the filter
//          keeps; nothing where it keeps none
// Errors   data_malformed with the line's number for a line that is no event, that goes back in
//          time or that line_reader.hpp does not take, unless bad lines are skipped; and for a
//          source without any line. Those of source and sink. All rows that were certain before a
//          failure have been written
// Threads  one at a time
// Owns     the source; what it has written is in the sink before the source is asked for more
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "host/byte_stream.hpp"
#include "host/moving_average/delivery_event.hpp"
#include "host/moving_average/sliding_average.hpp"

namespace reprise {

struct averaging_counts {
  std::uint64_t bytes_read = 0;
  std::uint64_t events = 0;  // also those that the filter leaves out
  std::uint64_t rows = 0;
  std::uint64_t lines_skipped = 0;
};

struct averaged {
  averaging_counts counts;
  std::string first_skipped;  // the place of the first bad line, and why; empty without one
};

struct averaging_options {
  std::chrono::minutes window{1};
  delivery_filter filter = {};
  bool skip_bad = false;
  // Told how far it has come, before each read of the source.
  std::function<void(const averaging_counts&)> told = {};
};

// `name` is the source's, for messages.
[[nodiscard]] outcome<averaged> average_events(std::unique_ptr<byte_source> source,
                                               const std::string& name, byte_sink& sink,
                                               const averaging_options& options);

}  // namespace reprise
