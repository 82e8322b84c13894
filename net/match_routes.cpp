#include "net/match_routes.hpp"

#include <utility>

#include "host/json_text.hpp"
#include "host/match/score.hpp"
#include "host/repeats.hpp"
#include "net/channel_routes.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

void append_match_row(std::string& out, const match_row& row) {
  out += "{\"time\":";
  append_number(out, row.time);
  out += ",\"match_times\":";
  char separator = '[';
  for (const stored_match& each : row.best) {
    out += std::exchange(separator, ',');
    append_number(out, each.time);
  }
  out += separator == '[' ? "[],\"scores\":" : "],\"scores\":";
  separator = '[';
  for (const stored_match& each : row.best) {
    out += std::exchange(separator, ',');
    append_number(out, nearest_double(each.score, rule{}));
  }
  out += separator == '[' ? "[]}" : "]}";
}

class match_routes {
 public:
  explicit match_routes(const api_parts& parts) : parts_{parts} {}

  net::awaitable<api_response> matches(api_request request) {
    return list<match_row>(std::move(request), &live_service::read_matches,
                           [](std::string& out, const std::string&, const match_row& row) {
                             append_match_row(out, row);
                           });
  }
  net::awaitable<api_response> repeats(api_request request) {
    return list<repeat>(std::move(request), &live_service::read_repeats,
                        [](std::string& out, const std::string& name, const repeat& row) {
                          append_repeat_line(out, name, row, rule{});
                          out.pop_back();  // its newline
                        });
  }

 private:
  template <typename Row>
  using reader = void (live_service::*)(channel_number, page_request, done<page<Row>>);
  template <typename Row>
  using writer = void (*)(std::string&, const std::string&, const Row&);

  template <typename Row>
  net::awaitable<api_response> list(api_request request, reader<Row> read, writer<Row> write) {
    const auto name = channel_asked(request);
    if (!name) co_return problem_of(name.error(), request.request_id);
    const auto asked = page_asked(request);
    if (!asked) co_return problem_of(asked.error(), request.request_id);
    const auto number = co_await number_of(parts_, *name);
    if (!number) co_return problem_of(number.error(), request.request_id);
    const auto look = [&service = parts_.service, read, number = *number,
                       asked = *asked](done<page<Row>> done) {
      (service.*read)(number, asked, std::move(done));
    };
    const auto found = co_await parts_.core.ask_for<page<Row>>(look);
    if (!found) co_return problem_of(as_paging_fault(found.error()), request.request_id);
    page_text text;
    for (const Row& row : found->items) write(text.next_item(), *name, row);
    co_return json_answer(200, text.finish(found->next));
  }

  const api_parts& parts_;
};

}  // namespace

void add_match_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<match_routes>(parts);
  add_route(table, "GET", "/channels/{name}/matches", made, &match_routes::matches);
  add_route(table, "GET", "/channels/{name}/repeats", made, &match_routes::repeats);
}

}  // namespace reprise
