// /delivery-events: events come in by POST, or message by message over a WebSocket.
//
// Shapes   NDJSON as host/moving_average/event_lines.hpp. POST answers 202 {"stored":N}. Each
//          message of a WebSocket is answered in order: {"stored":N}, or {"code","detail","line"}
//          where nothing of it was stored; line is null where no one line is at fault
// Errors   a bad line: data_malformed or out_of_range; overloaded beyond event_bytes_max. A full
//          disk or too much at once ends a conversation by 1013, another failure by 1011
// Threads  the API's executor
// Source   the library around the matcher, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_delivery_event_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
