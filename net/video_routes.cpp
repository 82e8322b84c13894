#include "net/video_routes.hpp"

#include <array>
#include <memory>
#include <utility>

#include "host/library/video_json.hpp"
#include "host/match/assert.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 1> json_body = {"application/json"};
constexpr std::uint64_t video_bytes_max = 65'536;  // 256 numbers of 24 characters, and room

outcome<std::string> id_asked(const api_request& request) {
  const std::string* id = request.parameter("content_id");
  REPRISE_ASSERT(id != nullptr);
  if (const auto fault = content_id_fault(*id)) {
    return failure{errc::field_invalid, "content_id " + *fault, "content_id"};
  }
  return *id;
}

failure no_such_video(const std::string& id) {
  return {errc::not_found, "there is no video " + id, {}};
}

class video_routes {
 public:
  explicit video_routes(library_desk& desk) : desk_{desk} {}

  net::awaitable<api_response> list(api_request request);
  net::awaitable<api_response> add(api_request request);
  net::awaitable<api_response> get(api_request request);
  net::awaitable<api_response> put(api_request request);
  net::awaitable<api_response> erase(api_request request);

 private:
  using change = outcome<put_result> (video_writer::*)(const video&);
  net::awaitable<api_response> write(change how, video wanted, std::string request_id);

  library_desk& desk_;
};

net::awaitable<api_response> video_routes::list(api_request request) {
  const auto limit = limit_asked(request);
  if (!limit) co_return problem_of(limit.error(), request.request_id);
  const auto tvshow = label_asked(request, "tvshow");
  if (!tvshow) co_return problem_of(tvshow.error(), request.request_id);
  const auto label = label_asked(request, "label");
  if (!label) co_return problem_of(label.error(), request.request_id);
  std::optional<std::string> cursor;
  if (const std::string* asked = request.asked("cursor")) cursor = *asked;
  const auto look = [&desk = desk_, filter = video_filter{*tvshow, *label}, limit = *limit,
                     cursor] { return desk.shown().list(filter, limit, cursor); };
  const auto found = co_await desk_.to_reader().ask(look);
  if (!found) co_return problem_of(as_paging_fault(found.error()), request.request_id);
  page_text text;
  for (const video_entry& each : found->items) append_video_entry(text.next_item(), each);
  co_return json_answer(200, text.finish(found->next));
}

net::awaitable<api_response> video_routes::add(api_request request) {
  auto wanted = parse_video(request.body);
  if (!wanted) co_return problem_of(wanted.error(), request.request_id);
  co_return co_await write(&video_writer::add, std::move(*wanted), request.request_id);
}

net::awaitable<api_response> video_routes::put(api_request request) {
  const auto id = id_asked(request);
  if (!id) co_return problem_of(id.error(), request.request_id);
  auto wanted = parse_video(request.body, *id);
  if (!wanted) co_return problem_of(wanted.error(), request.request_id);
  co_return co_await write(&video_writer::put, std::move(*wanted), request.request_id);
}

net::awaitable<api_response> video_routes::write(change how, video wanted, std::string request_id) {
  const auto written = std::make_shared<const video>(std::move(wanted));
  const auto ask = [&desk = desk_, how, written] { return (desk.videos().*how)(*written); };
  const auto done = co_await desk_.to_writer().ask(ask);
  if (!done) co_return problem_of(done.error(), request_id);
  const bool is_new = *done == put_result::inserted;
  std::string body;
  append_video(body, *written);
  auto answer = json_answer(is_new ? 201 : 200, std::move(body));
  if (is_new) answer.headers.push_back({"Location", "/videos/" + written->content_id});
  co_return answer;
}

net::awaitable<api_response> video_routes::get(api_request request) {
  const auto id = id_asked(request);
  if (!id) co_return problem_of(id.error(), request.request_id);
  const auto look = [&desk = desk_, id = *id] { return desk.shown().get(id); };
  const auto found = co_await desk_.to_reader().ask(look);
  if (!found) co_return problem_of(found.error(), request.request_id);
  if (!*found) co_return problem_of(no_such_video(*id), request.request_id);
  std::string body;
  append_video(body, **found);
  co_return json_answer(200, std::move(body));
}

net::awaitable<api_response> video_routes::erase(api_request request) {
  const auto id = id_asked(request);
  if (!id) co_return problem_of(id.error(), request.request_id);
  const auto remove = [&desk = desk_, id = *id] { return desk.videos().remove(id); };
  const auto removed = co_await desk_.to_writer().ask(remove);
  if (!removed && removed.error().code == errc::not_found) {
    co_return problem_of(no_such_video(*id), request.request_id);
  }
  if (!removed) co_return problem_of(removed.error(), request.request_id);
  co_return json_answer(204, {});
}

}  // namespace

outcome<std::optional<std::string>> label_asked(const api_request& request, std::string_view name) {
  const std::string* asked = request.asked(name);
  if (asked == nullptr) return std::optional<std::string>{};
  if (const auto fault = label_fault(*asked)) {
    return failure{errc::field_invalid, std::string{name} + " " + *fault, std::string{name}};
  }
  return std::optional{*asked};
}

// The library has nothing to do with the history: it answers while that is being loaded.
void add_video_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<video_routes>(parts.library);
  const auto add = [&](std::string_view method, std::string_view pattern, auto member) -> route& {
    route& added = add_route(table, method, pattern, made, member);
    added.while_loading = true;
    return added;
  };
  const auto take_video = [](route& with) {
    with.body_bytes_max = video_bytes_max;
    with.content_types = json_body;
  };
  constexpr std::string_view all = "/videos", one = "/videos/{content_id}";
  add("GET", all, &video_routes::list);
  take_video(add("POST", all, &video_routes::add));
  add("GET", one, &video_routes::get);
  take_video(add("PUT", one, &video_routes::put));
  add("DELETE", one, &video_routes::erase);
}

}  // namespace reprise
