// The lines of a request or a message as delivery events, all of them or none.
//
// Shapes   one event a line (delivery_event.hpp), in any order; blank lines are passed over
// Errors   of the first bad line, with its number: data_malformed where it is no event, where
//          line_reader.hpp does not take it, and where there is no event at all; out_of_range where
//          its time is later than `latest`, a text has more than event_text_characters_max
//          characters or nr_words does not fit 63 bits. std::bad_alloc
// Threads  pure; 32 MiB take half a second
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/failure.hpp"
#include "host/moving_average/event_batch.hpp"

namespace reprise {

inline constexpr std::size_t event_text_characters_max = 200;

struct bad_event_line {
  std::uint64_t line = 0;  // from 1
  failure why;             // "NAME:LINE: expected ..., found ..."
};
struct read_events {
  event_batch events;
  std::optional<bad_event_line> bad;  // then `events` is of no use
};

[[nodiscard]] read_events read_event_lines(std::string_view text, const std::string& name,
                                           event_time latest);

}  // namespace reprise
