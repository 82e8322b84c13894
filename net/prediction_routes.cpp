#include "net/prediction_routes.hpp"

#include <memory>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "host/base64.hpp"
#include "host/json_fields.hpp"
#include "host/match/assert.hpp"
#include "host/picture_header.hpp"
#include "host/strict_json.hpp"
#include "net/prediction_desk.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

// A name whose every byte is escaped, the picture in base64 whose slashes are, and room.
constexpr std::uint64_t request_bytes_max = 1'500'000;
constexpr std::size_t data_bytes_max = (prediction_image_bytes + 2) / 3 * 4;

struct picture_sent {
  std::string name;
  job_image image;
};
struct too_great {};
struct no_picture {
  std::string why;
};
using reading = std::variant<picture_sent, failure, too_great, no_picture>;

failure no_base64(const std::string& data, std::size_t at) {
  std::string why = "wrong at character " + std::to_string(at);
  if (at >= data.size()) {
    why = "cut off, or without its padding, =";
  } else if (data[at] == '\n' || data[at] == '\r') {
    why = "it has a line break, at character " + std::to_string(at) + " (base64 -w0 makes none)";
  }
  return {errc::field_invalid, "data is no base64: " + why, "/data"};
}

reading read_request(const std::string& body) {
  const auto json = parse_strict_json(body);
  if (!json) {
    return failure{json.error().code,
                   R"(the body must be JSON, {"name","data"}: )" + json.error().what,
                   json.error().field};
  }
  json_fields fields{*json};
  auto name = fields.text("name", field_need::required, prediction_name_bytes_max);
  const auto data = fields.text("data", field_need::required, request_bytes_max);
  if (name && name->empty()) {
    fields.refuse(errc::field_invalid, "name", "must have a character at least");
  }
  if (auto refused = fields.finish()) return std::move(*refused);
  if (data->size() > data_bytes_max) return too_great{};
  auto image = std::make_shared<std::vector<std::byte>>();
  if (const auto fault = decode_base64(*data, *image)) return no_base64(*data, *fault);
  if (image->size() >= prediction_image_bytes) return too_great{};
  if (const auto checked = check_picture(*image); !checked) return no_picture{checked.error().what};
  return picture_sent{std::move(*name), std::move(image)};
}

outcome<std::optional<job_status>> status_asked(const api_request& request) {
  const std::string* asked = request.asked("status");
  if (asked == nullptr) return std::optional<job_status>{};
  for (std::size_t i = 0; i < job_statuses; ++i) {
    if (job_status_names[i] == *asked) return std::optional{static_cast<job_status>(i)};
  }
  return failure{errc::field_invalid, "status must be queued, running, done or failed", "status"};
}

std::string name_asked(const api_request& request) {
  const std::string* uuid = request.parameter("uuid");
  REPRISE_ASSERT(uuid != nullptr);
  return *uuid;
}

class prediction_routes {
 public:
  explicit prediction_routes(const api_parts& parts)
      : parser_{parts.parser}, desk_{parts.predictions} {}

  net::awaitable<api_response> post(api_request request) {
    if (desk_.missing()) co_return unable(request);
    const auto body = std::make_shared<const std::string>(std::move(request.body));
    const auto read = [body] { return std::make_shared<reading>(read_request(*body)); };
    const auto asked = co_await parser_.ask(read);
    if (!asked) co_return problem_of(asked.error(), request.request_id);
    if (const auto* failed = std::get_if<failure>(asked->get())) {
      co_return problem_of(*failed, request.request_id);
    }
    if (const auto* none = std::get_if<no_picture>(asked->get())) {
      co_return problem(400, "picture_invalid", none->why, "/data", request.request_id);
    }
    const auto* sent = std::get_if<picture_sent>(asked->get());
    if (sent == nullptr) {
      co_return problem(413, "body_too_large", "the picture must have fewer than 1000000 bytes",
                        "/data", request.request_id);
    }
    const new_job added{desk_.new_name(), request.key_id, sent->name, sent->image};
    const auto put = [&desk = desk_, added](done<void> done) { desk.put(added, std::move(done)); };
    const auto stored = co_await desk_.to_home().ask_for<void>(put);
    if (!stored) co_return refused(stored.error(), request);
    auto answer = json_answer(202, "{\"uuid\":\"" + added.uuid + "\"}");
    answer.headers.push_back({"Location", "/predictions/" + added.uuid});
    co_return answer;
  }

  net::awaitable<api_response> get(api_request request) {
    if (desk_.missing()) co_return unable(request);
    const auto look = [&queue = desk_.queue(), uuid = name_asked(request)](
                          done<std::optional<job>> done) { queue.get(uuid, std::move(done)); };
    const auto found = co_await desk_.to_home().ask_for<std::optional<job>>(look);
    if (!found) co_return problem_of(found.error(), request.request_id);
    if (!*found) co_return none(request);
    std::string body;
    append_prediction(body, **found);
    co_return json_answer(200, std::move(body));
  }

  net::awaitable<api_response> list(api_request request) {
    if (desk_.missing()) co_return unable(request);
    const auto status = status_asked(request);
    if (!status) co_return problem_of(status.error(), request.request_id);
    const auto limit = limit_asked(request);
    if (!limit) co_return problem_of(limit.error(), request.request_id);
    std::optional<std::string> cursor;
    if (const std::string* asked = request.asked("cursor")) cursor = *asked;
    const auto look = [&queue = desk_.queue(), status = *status, limit = *limit,
                       cursor](done<page<job>> done) {
      queue.list(status, limit, cursor, std::move(done));
    };
    const auto found = co_await desk_.to_home().ask_for<page<job>>(look);
    if (!found) co_return problem_of(as_paging_fault(found.error()), request.request_id);
    page_text text;
    for (const job& each : found->items) append_prediction(text.next_item(), each);
    co_return json_answer(200, text.finish(found->next));
  }

  net::awaitable<api_response> erase(api_request request) {
    if (desk_.missing()) co_return unable(request);
    const auto remove = [&queue = desk_.queue(), uuid = name_asked(request)](done<void> done) {
      queue.remove(uuid, std::move(done));
    };
    const auto removed = co_await desk_.to_home().ask_for<void>(remove);
    if (!removed && removed.error().code == errc::not_found) co_return none(request);
    if (!removed) co_return refused(removed.error(), request);
    co_return json_answer(204, {});
  }

 private:
  [[nodiscard]] api_response unable(const api_request& request) const {
    return problem(501, problem_code(errc::helper_missing),
                   "nothing can be predicted: " + desk_.missing()->what, {}, request.request_id);
  }
  // What the queue refused; the history is not what is loaded here.
  static api_response refused(const failure& why, const api_request& request) {
    if (why.code != errc::loading) return problem_of(why, request.request_id);
    api_response answer = problem(503, problem_code(why.code), "the queue of predictions is opened",
                                  {}, request.request_id);
    answer.headers.push_back({"Retry-After", "1"});
    return answer;
  }
  static api_response none(const api_request& request) {
    return problem_of({errc::not_found, "there is no such prediction", {}}, request.request_id);
  }

  const api_link& parser_;
  prediction_desk& desk_;
};

}  // namespace

// Predictions have nothing to do with the history: they answer while that is being loaded.
void add_prediction_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<prediction_routes>(parts);
  const auto add = [&](std::string_view method, std::string_view pattern, auto member) -> route& {
    route& added = add_route(table, method, pattern, made, member);
    added.while_loading = true;
    return added;
  };
  for (const std::string_view pattern : {"/inference/image", "/inference/image/"}) {
    add("POST", pattern, &prediction_routes::post).body_bytes_max = request_bytes_max;
  }
  add("GET", "/predictions", &prediction_routes::list);
  for (const std::string_view pattern : {"/predictions/{uuid}", "/predictions/{uuid}/"}) {
    add("GET", pattern, &prediction_routes::get);
    add("DELETE", pattern, &prediction_routes::erase);
  }
}

}  // namespace reprise
