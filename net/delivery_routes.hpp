// /deliveries: reports on their way, and those that arrived or never will.
//
// Shapes   times in UNIX seconds; `next_attempt` is null unless the report waits
// Errors   not_found; data_conflict for a report that is not to be posted any more; paging
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_delivery_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
