#include "net/upgrade_request.hpp"

#include <algorithm>

#include "net/http_text.hpp"

namespace reprise {
namespace {

constexpr std::string_view version = "13";
constexpr std::size_t key_characters = 22;  // of base64: 16 bytes, and "==" behind them

bool has_word(const api_request& request, std::string_view name, std::string_view word) {
  for (const header_field& field : request.headers) {
    if (!equal_ignoring_case(field.name, name)) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      if (equal_ignoring_case(next_piece(rest, ','), word)) return true;
    }
  }
  return false;
}

// Of a header that there is once.
const std::string* only(const api_request& request, std::string_view name) {
  const auto named = [&](const header_field& field) {
    return equal_ignoring_case(field.name, name);
  };
  const bool once = std::count_if(request.headers.begin(), request.headers.end(), named) == 1;
  return once ? request.header(name) : nullptr;
}

bool is_key(std::string_view text) {
  constexpr std::string_view marks = "+/";
  const auto in_base64 = [&](char each) {
    return (each >= '0' && each <= '9') || (each >= 'A' && each <= 'Z') ||
           (each >= 'a' && each <= 'z') || marks.find(each) != marks.npos;
  };
  return text.size() == key_characters + 2 && text.ends_with("==") &&
         std::all_of(text.begin(), text.begin() + key_characters, in_base64);
}

api_response upgrade_required(const api_request& request, std::string_view detail) {
  api_response refusal = problem(426, "upgrade_required", detail, {}, request.request_id);
  refusal.headers.push_back({"Upgrade", "websocket"});
  return refusal;
}

}  // namespace

std::optional<api_response> refuse_upgrade(const api_request& request, bool old_version) {
  if (old_version || request.method != "GET" || !has_word(request, "Upgrade", "websocket") ||
      !has_word(request, "Connection", "upgrade")) {
    return upgrade_required(request, "this path speaks WebSocket");
  }
  const std::string* asked = only(request, "Sec-WebSocket-Version");
  if (asked == nullptr || *asked != version) {
    api_response refusal = upgrade_required(request, "only WebSocket version 13 is spoken");
    refusal.headers.push_back({"Sec-WebSocket-Version", std::string{version}});
    return refusal;
  }
  const std::string* key = only(request, "Sec-WebSocket-Key");
  if (key == nullptr || !is_key(*key)) {
    return problem(400, "bad_request", "a bad Sec-WebSocket-Key", {}, request.request_id);
  }
  return std::nullopt;
}

bool is_of_another_origin(const api_request& request) {
  const auto from_elsewhere = [&](const header_field& field) {
    if (!equal_ignoring_case(field.name, "Origin")) return false;
    const std::string* host = request.header("Host");
    const std::size_t end = field.value.find("://");
    if (host == nullptr || end == std::string::npos) return true;  // "null", for example
    const std::string_view origin = field.value;
    const std::string_view scheme = origin.substr(0, end);
    const bool of_the_web =
        equal_ignoring_case(scheme, "http") || equal_ignoring_case(scheme, "https");
    return !of_the_web || !equal_ignoring_case(origin.substr(end + 3), *host);
  };
  return std::any_of(request.headers.begin(), request.headers.end(), from_elsewhere);
}

}  // namespace reprise
