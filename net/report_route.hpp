// POST /report: the one-shot call of an outside scheduler.
//
// Shapes   {"source","source_url","threshold","reporting_url"}, all but `source` optional for a
//          channel that is there; 200 with the report, {"channel","time","match_times"}
// Errors   502, and 504 for a source that was too slow, with the gap's reason as code; those of
//          requests as elsewhere
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <memory>
#include <vector>

#include "net/api_routes.hpp"
#include "net/channel_routes.hpp"

namespace reprise {

void add_report_route(std::vector<route>& table, const api_parts& parts,
                      std::shared_ptr<channel_changes> changes);

}  // namespace reprise
