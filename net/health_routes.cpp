#include "net/health_routes.hpp"

#include <utility>

#include "host/json_text.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

constexpr std::uint64_t ping_bytes_max = 4096;

class health_routes {
 public:
  explicit health_routes(const api_parts& parts) : parts_{parts} {}

  net::awaitable<api_response> ping(api_request) {
    co_return json_answer(200, "{\"status\":\"ok\"}");
  }

  // The core is not asked: a service that is busy is not to be killed for it.
  net::awaitable<api_response> live(api_request) { co_return json_answer(200, "{\"live\":true}"); }

  net::awaitable<api_response> ready(api_request request) {
    struct state {
      service_phase phase;
      std::size_t channels = 0;
    };
    const auto asked = co_await parts_.core.ask([&parts = parts_] {
      state seen{parts.service.phase(), parts.service.book().size()};
      // Ticks wait for a clock that was put back: to who watches, the service does not work.
      if (const auto problem = parts.clock_problem()) {
        seen.phase.ready = false;
        seen.phase.word = "degraded";
        seen.phase.reasons.push_back(*problem);
      }
      return seen;
    });
    if (!asked) co_return problem_of(asked.error(), request.request_id);
    const auto& [phase, channels] = *asked;
    std::string body = phase.ready ? "{\"ready\":true" : "{\"ready\":false";
    body.append(",\"phase\":\"").append(phase.word).append("\"");
    if (request.asked("verbose") != nullptr) {
      body += ",\"channels\":";
      append_number(body, static_cast<std::int64_t>(channels));
      body += ",\"channels_loaded\":";
      append_number(body, static_cast<std::int64_t>(phase.channels_loaded));
      body += ",\"reasons\":[";
      for (std::size_t i = 0; i < phase.reasons.size(); ++i) {
        if (i > 0) body += ',';
        append_json_string(body, phase.reasons[i]);
      }
      body += ']';
    }
    body += '}';
    co_return json_answer(phase.ready ? 200 : 503, std::move(body));
  }

 private:
  const api_parts& parts_;
};

}  // namespace

void add_health_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<health_routes>(parts);
  const auto add = [&](std::string_view method, std::string_view pattern, auto member) -> route& {
    route& added = add_route(table, method, pattern, made, member);
    added.access = route_access::open;
    added.while_loading = true;
    return added;
  };
  add("GET", "/ping", &health_routes::ping);
  add("POST", "/ping", &health_routes::ping).body_bytes_max = ping_bytes_max;
  add("GET", "/livez", &health_routes::live);
  add("GET", "/readyz", &health_routes::ready);
}

}  // namespace reprise
