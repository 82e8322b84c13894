#include "net/delivery_routes.hpp"

#include <utility>

#include "host/json_text.hpp"
#include "host/match/assert.hpp"
#include "host/number.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

void append_delivery(std::string& out, const delivery& shown) {
  out += "{\"id\":";
  append_number(out, shown.id);
  out += ",\"channel\":";
  append_json_string(out, shown.channel_name);
  out += ",\"time\":";
  append_number(out, shown.time);
  out.append(",\"state\":\"").append(to_string(shown.state)).append("\",\"attempts\":");
  append_number(out, static_cast<std::int64_t>(shown.attempts));
  out += ",\"next_attempt\":";
  std::optional<std::int64_t> next_attempt;
  if (shown.state == delivery_state::waiting) {
    next_attempt = (shown.next_attempt_ms + 999) / 1'000;  // not before it is due
  }
  append_json_number(out, next_attempt);
  out += ",\"last_error\":";
  if (shown.last_error.empty()) {
    out += "null";
  } else {
    append_json_string(out, shown.last_error);
  }
  out += '}';
}

outcome<std::optional<delivery_state>> state_asked(const api_request& request) {
  const std::string* asked = request.asked("state");
  if (asked == nullptr) return std::optional<delivery_state>{};
  for (int i = 0; i <= static_cast<int>(delivery_state::channel_deleted); ++i) {
    const auto state = static_cast<delivery_state>(i);
    if (to_string(state) == *asked) return std::optional{state};
  }
  return failure{errc::field_invalid,
                 "state must be waiting, delivered, expired, dropped_overflow, sink_disabled or "
                 "channel_deleted",
                 "state"};
}

class delivery_routes {
 public:
  explicit delivery_routes(const api_parts& parts) : parts_{parts} {}

  net::awaitable<api_response> list(api_request request) {
    const auto state = state_asked(request);
    if (!state) co_return problem_of(state.error(), request.request_id);
    const auto asked = page_asked(request);
    if (!asked) co_return problem_of(asked.error(), request.request_id);
    const auto look = [&service = parts_.service, state = *state,
                       asked = *asked](done<page<delivery>> done) {
      service.read_deliveries(state, asked, std::move(done));
    };
    const auto found = co_await parts_.core.ask_for<page<delivery>>(look);
    if (!found) co_return problem_of(as_paging_fault(found.error()), request.request_id);
    page_text text;
    for (const delivery& each : found->items) append_delivery(text.next_item(), each);
    co_return json_answer(200, text.finish(found->next));
  }

  net::awaitable<api_response> retry(api_request request) {
    const std::string* text = request.parameter("id");
    REPRISE_ASSERT(text != nullptr);
    const auto id = parse_integer(*text);
    if (!id) {
      co_return problem_of({errc::field_invalid, "a delivery's id must be a whole number", "id"},
                           request.request_id);
    }
    const auto retried =
        co_await parts_.core.ask_for<void>([&parts = parts_, id = *id](done<void> done) {
          parts.retry_delivery(id, std::move(done));
        });
    if (!retried) co_return problem_of(retried.error(), request.request_id);
    const auto now = co_await parts_.core.ask_for<std::optional<delivery>>(
        [&service = parts_.service, id = *id](done<std::optional<delivery>> done) {
          service.read_delivery(id, std::move(done));
        });
    if (!now) co_return problem_of(now.error(), request.request_id);
    if (!*now) {
      co_return problem_of({errc::not_found, "there is no such delivery", {}}, request.request_id);
    }
    std::string body;
    append_delivery(body, **now);
    co_return json_answer(202, std::move(body));
  }

 private:
  const api_parts& parts_;
};

}  // namespace

void add_delivery_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<delivery_routes>(parts);
  add_route(table, "GET", "/deliveries", made, &delivery_routes::list);
  add_route(table, "POST", "/deliveries/{id}/retry", made, &delivery_routes::retry);
}

}  // namespace reprise
