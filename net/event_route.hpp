// /events: what happens, as it happens.
//
// Shapes   ?channel= and ?kind= take words with commas between, and may come more than once
// Errors   field_invalid for what is no channel's name or no kind; overloaded
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_event_route(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
