// The routes of image sessions: GET and DELETE /session, POST /encode, GET /summary.
//
// Errors   403 session_unknown; 400 session_full, no_face, too_many_faces, picture_invalid; 413,
//          415 and 422 of the upload; 502 encoder_failed, 504 encoder_late, 503
// Threads  the API's executor
// Source   HTTP, docs/design.md
#pragma once

#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

void add_session_routes(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
