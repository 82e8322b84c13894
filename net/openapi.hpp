// /openapi.json: the description of this interface, net/openapi.json, as it was at build time.
//
// Threads  any
// Source   https://spec.openapis.org/oas/v3.1.0
#pragma once

#include <string_view>
#include <vector>

#include "net/api_types.hpp"

namespace reprise {

[[nodiscard]] std::string_view openapi_text() noexcept;

void add_openapi_route(std::vector<route>& table);

}  // namespace reprise
