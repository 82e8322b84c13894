#include "net/simulate/request_head.hpp"

#include <algorithm>

#include "host/number.hpp"
#include "net/http_text.hpp"

namespace reprise::simulate {
namespace {

constexpr std::size_t headers_max = 64;
constexpr std::string_view line_end = "\r\n";

bool take_request_line(std::string_view line, request_head& into) {
  const std::size_t one = line.find(' '), two = line.rfind(' ');
  if (one == 0 || one == std::string_view::npos || two == one) return false;
  into.method = line.substr(0, one);
  into.target = line.substr(one + 1, two - one - 1);
  const std::string_view version = line.substr(two + 1);
  into.keep_alive = version == "HTTP/1.1";
  return into.target.starts_with('/') && into.target.find(' ') == std::string::npos &&
         (version == "HTTP/1.1" || version == "HTTP/1.0");
}

bool take_header(std::string_view line, request_head& into) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos || into.headers.size() == headers_max) {
    return false;
  }
  const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  if (name.find_first_of(" \t") != std::string_view::npos) return false;
  into.headers.push_back({lower_case(name), std::string{value}});
  return true;
}

}  // namespace

std::string_view request_head::header(std::string_view lower_name) const {
  for (const header_field& field : headers) {
    if (field.name == lower_name) return field.value;
  }
  return {};
}

std::optional<request_head> parse_request_head(std::string_view text) {
  request_head head;
  bool first = true;
  for (;;) {
    const std::size_t end = text.find(line_end);
    if (end == std::string_view::npos) return {};
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + line_end.size());
    if (line.find_first_of(std::string_view{"\0\r\n", 3}) != std::string_view::npos) return {};
    if (first ? !take_request_line(line, head) : !line.empty() && !take_header(line, head)) {
      return {};
    }
    if (!first && line.empty()) break;
    first = false;
  }
  if (!text.empty() || !head.header("transfer-encoding").empty()) return {};
  const auto count = [&](std::string_view name) {
    return std::count_if(head.headers.begin(), head.headers.end(),
                         [&](const header_field& field) { return field.name == name; });
  };
  if (count("host") != 1 || count("content-length") > 1) return {};
  if (const std::string_view length = head.header("content-length"); !length.empty()) {
    const auto bytes = parse_integer(length);
    if (!bytes || *bytes < 0) return {};
    head.content_length = static_cast<std::size_t>(*bytes);
  }
  if (lower_case(head.header("connection")) == "close") head.keep_alive = false;
  return head;
}

std::string http_answer(unsigned status, std::string_view body, std::string_view headers) {
  std::string answer = "HTTP/1.1 " + std::to_string(status) +
                       " Simulated\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return answer.append(headers).append(line_end).append(body);
}

}  // namespace reprise::simulate
