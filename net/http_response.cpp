#include "net/http_response.hpp"

#include <algorithm>

#include "host/printable.hpp"
#include "net/http_text.hpp"

namespace reprise {
namespace {

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(printable(value)).append("\r\n");
}

bool has_field(const api_response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& field) { return equal_ignoring_case(field.name, name); });
}

}  // namespace

bool has_no_body(unsigned status) noexcept {
  return status == 204 || status == 304;
}

std::string response_head(const api_response& response, std::string_view request_id,
                          answer_framing framing) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason_phrase(response.status)).append("\r\n");
  if (!has_no_body(response.status)) {
    if (!response.content_type.empty()) add_field(head, "Content-Type", response.content_type);
    if (framing.chunked) {
      add_field(head, "Transfer-Encoding", "chunked");
    } else if (!response.stream) {
      add_field(head, "Content-Length", std::to_string(response.body.size()));
    }
  }
  for (const header_field& field : response.headers) add_field(head, field.name, field.value);
  if (!has_field(response, "Cache-Control")) add_field(head, "Cache-Control", "no-store");
  add_field(head, "X-Content-Type-Options", "nosniff");
  add_field(head, "X-Request-Id", request_id);
  const bool upgrade = has_field(response, "Upgrade");
  if (upgrade || framing.close) {
    add_field(head, "Connection",
              !upgrade        ? "close"
              : framing.close ? "Upgrade, close"
                              : "Upgrade");
  }
  return head += "\r\n";
}

}  // namespace reprise
