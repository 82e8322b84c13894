// /metrics: the figures of all parts in the text format of Prometheus.
//
// Errors   asserted: a name comes with one kind
// Threads  the parts tell on the core executor; the text is made on the API's
// Source   https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "net/api_routes.hpp"

namespace reprise {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

using metrics_teller = std::function<void(metric_writer&)>;
[[nodiscard]] std::string metrics_text(std::span<const metrics_teller> tellers);

void add_metrics_route(std::vector<route>& table, const api_parts& parts);

}  // namespace reprise
