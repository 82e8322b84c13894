// /ping, /livez and /readyz: whether somebody answers, whether the process runs, and whether it
// does its work.
//
// Shapes   /readyz is 200 or 503, {"ready","phase"}; with ?verbose also {"channels",
//          "channels_loaded","reasons"}. POST /ping takes any small body and does not read it
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_health_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
