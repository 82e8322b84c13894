// /videos/analysis/...: how good the predicted labels are, and which features tell labels apart.
//
// Errors   data_insufficient: too small a library, or one label; out_of_range: more labels or rows
//          than are compared; those of library_desk::learn()
// Threads  the API's executor
// Source   the library around the matcher, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_analysis_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
