// The head of an answer as it goes over the wire.
//
// Shapes   every answer has X-Request-Id, X-Content-Type-Options, and Cache-Control: no-store,
//          unless the response brings a Cache-Control of its own. Connection is written here
//          alone, and names an Upgrade that the response brings
// Errors   none: control characters in a header's value are escaped, never sent
// Threads  pure
// Source   RFC 9112
#pragma once

#include <string>
#include <string_view>

#include "net/api_types.hpp"

namespace reprise {

struct answer_framing {
  bool chunked = false;  // else by Content-Length, or until the end of a stream
  bool close = false;
};

[[nodiscard]] std::string response_head(const api_response& response, std::string_view request_id,
                                        answer_framing framing);

// 204 and 304 have no body, whatever the response holds.
[[nodiscard]] bool has_no_body(unsigned status) noexcept;

}  // namespace reprise
