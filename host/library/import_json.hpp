// What became of an import, as JSON.
//
// Shapes   {"inserted":3,"present":0,"replaced":0,"skipped":0,"refused":1,"errors":[{"line":7,
//          "reason":"..."}]}; the errors are the first refusals_told_max of those refused
// Errors   none
// Threads  pure
#pragma once

#include <string>

#include "host/library/video_store.hpp"

namespace reprise {

[[nodiscard]] std::string json_of(const import_report& shown);

}  // namespace reprise
