// /moving-averages: the mean duration of the delivery events of the last minutes, minute by minute.
//
// Shapes   ?window_size= in minutes, the first configured one unless it is given; ?from= and ?to=
//          as UNIX seconds or as times of event_time.hpp, whose seconds may be missing: the dates
//          are the whole minutes from `from` to `to`, both inclusive. Without `to` it is the last
//          whole minute, without `from` an hour before `to`. ?client_name=, limit and cursor
// Errors   field_invalid, out_of_range; the store's
// Threads  the API's executor
// Source   the library around the matcher, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_moving_average_route(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
