// /channels/{name}/matches and /channels/{name}/repeats: what has been found.
//
// Shapes   scores are the nearest doubles, as scan prints them
// Errors   not_found; field_invalid and out_of_range for paging; those of live_service
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_match_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
