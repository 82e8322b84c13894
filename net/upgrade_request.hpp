// Whether a request asks for a WebSocket, and as who may have one.
//
// Errors   426 without an upgrade or with a version other than 13, 400 for a bad key; either names
//          what is wanted
// Threads  pure
// Source   RFC 6455 section 4.2, RFC 6454; RFC 9110 section 7.8
#pragma once

#include <optional>

#include "net/api_types.hpp"

namespace reprise {

// Nothing where the upgrade can be answered. HTTP/1.0 has no upgrades.
[[nodiscard]] std::optional<api_response> refuse_upgrade(const api_request& request,
                                                         bool old_version);

// A browser says from which page it asks. Other clients say nothing, and come from nowhere else.
[[nodiscard]] bool is_of_another_origin(const api_request& request);

}  // namespace reprise
