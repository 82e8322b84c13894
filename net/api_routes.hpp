// The table of all routes of the HTTP interface, and what they reach.
//
// Errors   each route answers its own; the server adds those of HTTP itself
// Threads  made and run on the API's executor. What api_parts says of the core is called there
// Owns     the handlers live as long as the table, and refer to the parts: those must outlive it,
//          and the core's last task
// Source   HTTP, docs/design.md
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/executor.hpp"
#include "host/live_service.hpp"
#include "host/metrics.hpp"
#include "net/api_link.hpp"
#include "net/api_types.hpp"
#include "net/delivery_event_desk.hpp"
#include "net/event_hub.hpp"
#include "net/http_exchange.hpp"
#include "net/library_desk.hpp"
#include "net/prediction_desk.hpp"
#include "net/session_desk.hpp"

namespace reprise {

struct api_parts {
  const api_link& core;    // to the core executor
  const api_link& parser;  // to a thread of its own, for bodies that take long to read
  event_hub& events;
  library_desk& library;
  delivery_event_desk& delivery_events;
  prediction_desk& predictions;
  session_desk& sessions;

  // On the core.
  live_service& service;
  scheduler& time;
  http_exchange& exchange;
  const channel_defaults& defaults;
  std::function<std::optional<std::string>()> clock_problem;  // poller::clock_problem()
  // url_blocked where the egress guard forbids the host; a name that is not found passes.
  std::function<void(const std::string& url, done<void> done)> judge_url;
  // Makes a report due at once: not_found, or data_conflict where it is not to be posted any more.
  std::function<void(std::int64_t id, done<void> done)> retry_delivery;
  std::vector<std::function<void(metric_writer&)>> metrics;

  // On the API's executor. No name is in both lists.
  std::vector<std::function<void(metric_writer&)>> api_metrics;

  // Of POST /report. Read on the core at each call, and may be set anew there.
  std::chrono::milliseconds fetch_deadline{800};
};

[[nodiscard]] std::vector<route> make_api_routes(const api_parts& parts);

}  // namespace reprise
