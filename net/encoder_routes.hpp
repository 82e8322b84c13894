// What an encoder service answers: a picture in, the encodings of its faces out.
//
// Shapes   POST /v1/selfie, a form with one file `file`: [[128 numbers],...], one list a face, the
//          largest first, [] where none is found. GET /livez, /ping, /metrics
// Errors   400 picture_malformed: it is no picture, and why; 413; 415; 500; 503 with Retry-After;
//          those of multipart_field.hpp
// Threads  the API's executor
// Source   image sessions, docs/design.md
#pragma once

#include <functional>
#include <vector>

#include "host/log.hpp"
#include "net/api_types.hpp"
#include "net/encoder_workers.hpp"
#include "net/metrics_route.hpp"

namespace reprise {

struct encoder_route_parts {
  encoder_workers& workers;
  event_log& log;
  std::vector<metrics_teller> metrics;
};

// `parts` outlive the routes.
[[nodiscard]] std::vector<route> make_encoder_routes(const encoder_route_parts& parts);

}  // namespace reprise
