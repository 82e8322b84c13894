#include "net/router.hpp"

#include <algorithm>

#include "host/match/assert.hpp"
#include "net/http_text.hpp"
#include "net/upgrade_request.hpp"

namespace reprise {
namespace {

std::vector<std::string_view> segments_of(std::string_view pattern) {
  REPRISE_ASSERT(pattern.starts_with('/'));
  std::vector<std::string_view> segments;
  for (std::size_t from = 1; from <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', from), pattern.size());
    segments.push_back(pattern.substr(from, end - from));
    from = end + 1;
  }
  if (segments.empty()) segments.emplace_back();  // "/", as the path is split
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string>& path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](std::string_view wanted, const std::string& given) {
                      return is_parameter(wanted) ? !given.empty() : wanted == given;
                    });
}

void add_name(std::string& list, std::string_view name) {
  if (!list.empty()) list += ", ";
  list += name;
}

bool takes_type(const route& chosen, const api_request& request) {
  if (chosen.content_types.empty()) return true;
  const std::string* given = request.header("Content-Type");
  if (given == nullptr) return false;
  std::string_view rest = *given;
  const std::string_view type = next_piece(rest, ';');
  return std::any_of(chosen.content_types.begin(), chosen.content_types.end(),
                     [&](std::string_view taken) { return equal_ignoring_case(taken, type); });
}

bool is_encoded(const api_request& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const auto& field) {
    return equal_ignoring_case(field.name, "Content-Encoding") &&
           !equal_ignoring_case(field.value, "identity");
  });
}

// "localhost" or a loopback address, with or without a port.
bool is_loopback(std::string_view host) {
  const bool bracketed = host.starts_with('[');
  const std::size_t end = host.find(bracketed ? ']' : ':');
  const std::string_view name = host.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0));
  if (equal_ignoring_case(name, "localhost")) return !bracketed;
  error_code none;
  const auto address = net::ip::make_address(name, none);
  return !none && address.is_loopback() && address.is_v6() == bracketed;
}

api_response refuse_type(const route& chosen, const api_request& request) {
  std::string types;
  for (const std::string_view type : chosen.content_types) add_name(types, type);
  return problem(415, "unsupported_media_type", "the Content-Type must be one of: " + types, {},
                 request.request_id);
}

}  // namespace

router::router(std::vector<route> routes, api_gate gate) : gate_{std::move(gate)} {
  for (route& each : routes) {
    std::vector<std::string_view> segments = segments_of(each.pattern);
    REPRISE_ASSERT(!each.handle + !each.handle_body + !each.converse == 2);
    for (const entry& other : entries_) {
      const bool twice = other.segments == segments && other.answers.method == each.method;
      REPRISE_ASSERT(!twice);
    }
    entries_.push_back({std::move(each), std::move(segments)});
  }
  // Literals before parameters: "/channels/all" is not the channel "all".
  std::stable_sort(entries_.begin(), entries_.end(), [](const entry& a, const entry& b) {
    return std::lexicographical_compare(
        a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
        [](auto x, auto y) { return !is_parameter(x) && is_parameter(y); });
  });
}

router::decision router::find(const request_head& head, api_request& request) const {
  const bool is_head = head.method == "HEAD";
  const std::string_view method = is_head ? "GET" : std::string_view{head.method};
  std::string allowed;
  for (const entry& each : entries_) {
    if (!fits(each.segments, head.segments)) continue;
    if (each.answers.method != method || (is_head && !each.answers.head)) {
      add_name(allowed, each.answers.method);
      if (each.answers.method == "GET" && each.answers.head) add_name(allowed, "HEAD");
      continue;
    }
    for (std::size_t i = 0; i < each.segments.size(); ++i) {
      const std::string_view name = each.segments[i];
      if (is_parameter(name)) {
        request.parameters.emplace_back(name.substr(1, name.size() - 2), head.segments[i]);
      }
    }
    return {&each.answers, {}};
  }
  if (allowed.empty()) {
    return {nullptr, problem(404, "not_found", "there is nothing here", {}, request.request_id)};
  }
  api_response refusal =
      problem(405, "method_not_allowed", "this path answers " + allowed, {}, request.request_id);
  refusal.headers.push_back({"Allow", allowed});
  return {nullptr, std::move(refusal)};
}

router::decision router::decide(const request_head& head, api_request& request) const {
  const auto refuse = [](api_response refusal) { return decision{nullptr, std::move(refusal)}; };
  const std::string* host = request.header("Host");
  const bool keyless = gate_.keyless && gate_.keyless();
  if (keyless && (host == nullptr || !is_loopback(*host))) {
    return refuse(problem(403, "forbidden",
                          "without keys the Host must be localhost or a loopback address", {},
                          request.request_id));
  }
  decision found = find(head, request);
  if (found.chosen == nullptr) return found;
  const route& chosen = *found.chosen;
  if (keyless && chosen.converse && is_of_another_origin(request)) {
    return refuse(problem(403, "forbidden", "without keys the Origin must be this service's own",
                          {}, request.request_id));
  }
  if (chosen.access == route_access::key) {
    const key_verdict verdict = gate_.check_key(request);
    if (verdict != key_verdict::good) {
      const std::string_view why = verdict == key_verdict::missing
                                       ? "a key is needed: Authorization: Bearer rpr_..."
                                       : "the key is not valid";
      api_response refusal = problem(401, "unauthorized", why, {}, request.request_id);
      refusal.headers.push_back({"WWW-Authenticate", "Bearer"});
      return refuse(std::move(refusal));
    }
  }
  if (!chosen.while_loading && !gate_.ready()) {
    return refuse(problem_of({errc::loading, {}}, request.request_id));
  }
  if (head.has_body() && chosen.body_bytes_max > 0) {
    if (!takes_type(chosen, request)) return refuse(refuse_type(chosen, request));
    if (is_encoded(request)) {
      return refuse(problem(415, "unsupported_media_type",
                            "bodies are taken as they are, without a Content-Encoding", {},
                            request.request_id));
    }
  }
  return found;
}

}  // namespace reprise
