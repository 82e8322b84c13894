// /channels/{name}/fingerprints: pushed and backfilled ones in, exports out.
//
// Shapes   raw exports span from the first to the last fingerprint in [from, to), X-Recording-Start
//          says where they begin; a gap between these two is 422 has_gaps
// Errors   as net/upload.hpp; not_found; those of live_service; 406 not_acceptable
// Threads  the API's executor; bodies are read on the parser's thread
// Source   HTTP, docs/design.md
#pragma once

#include <string_view>
#include <vector>

#include "host/recording.hpp"
#include "net/api_routes.hpp"

namespace reprise {

// What an Accept header asks for; NDJSON where both are as welcome. Nothing: neither is.
[[nodiscard]] std::optional<recording_format> accepted_format(std::string_view accept);

void add_fingerprint_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
