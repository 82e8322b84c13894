#include "net/request_text.hpp"

#include <algorithm>
#include <array>

#include "net/http_text.hpp"

namespace reprise {
namespace {

// They say where a message goes and where it ends: whoever sets them sends another message.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 9> ours{
      "Accept-Encoding", "Connection",        "Content-Length", "Expect", "Host", "TE",
      "Trailer",         "Transfer-Encoding", "Upgrade"};
  return std::any_of(ours.begin(), ours.end(),
                     [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

boost::system::result<std::string, exchange_failure> write_request(const exchange_request& request,
                                                                   const checked_url& url) {
  std::string text;
  text.reserve(512 + url.target.size() + request.body.size());
  text.append(request.post ? "POST " : "GET ").append(url.target).append(" HTTP/1.1\r\n");
  append_field(text, "Host", url.authority);
  append_field(text, "Accept-Encoding", "identity");
  const auto given = [&](std::string_view name) {
    return std::any_of(
        request.headers.begin(), request.headers.end(),
        [&](const header_field& each) { return equal_ignoring_case(each.name, name); });
  };
  if (!given("User-Agent")) append_field(text, "User-Agent", "reprise/" REPRISE_VERSION);
  if (!given("Accept")) append_field(text, "Accept", "*/*");
  for (const header_field& each : request.headers) {
    if (!is_token(each.name) || !is_field_value(each.value)) {
      return exchange_failure{gap_reason::framing, "a header of the request cannot be sent"};
    }
    if (is_ours(each.name)) {
      return exchange_failure{gap_reason::framing, "the request may not set " + each.name};
    }
    append_field(text, each.name, each.value);
  }
  if (request.post) {
    if (!is_field_value(request.content_type)) {
      return exchange_failure{gap_reason::framing, "the content type cannot be sent"};
    }
    if (!given("Content-Type")) append_field(text, "Content-Type", request.content_type);
    append_field(text, "Content-Length", std::to_string(request.body.size()));
  }
  text += "\r\n";
  if (request.post) text += request.body;
  return text;
}

}  // namespace reprise
