// What others read of a tick: the report that is posted, and the events that are shown.
//
// Shapes   a report: {"channel":"bbc1","time":1700000300,"match_times":[1700000120]}, best first; a
//          match event: likewise, with "scores"; a tick event: {"channel","time","matches"} or
//          {"channel","time","gap":"timeout"}; a repeat event: as scan writes a repeat; a channel
//          event: {"channel","state","circuit","last_error","still_since"}
// Errors   none; a channel's name needs no escapes
// Threads  pure
// Source   formats, docs/design.md
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "host/channel_book.hpp"
#include "host/gap_reason.hpp"
#include "host/repeats.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

[[nodiscard]] std::string report_body(std::string_view channel, std::int64_t time,
                                      std::span<const stored_match> best);
[[nodiscard]] std::string match_event(std::string_view channel, std::int64_t time,
                                      std::span<const stored_match> best, const rule& by);
[[nodiscard]] std::string tick_event(std::string_view channel, std::int64_t time,
                                     std::size_t matches, gap_reason reason);
[[nodiscard]] std::string repeat_event(std::string_view channel, const repeat& told,
                                       const rule& by);
// Of a change: what the channel is from then on.
[[nodiscard]] std::string channel_event(const channel_entry& entry);

}  // namespace reprise
