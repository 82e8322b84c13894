#include "net/encoder_routes.hpp"

#include <array>
#include <utility>

#include "host/json_text.hpp"
#include "net/multipart_field.hpp"
#include "net/route_values.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 1> form_body = {"multipart/form-data"};
constexpr std::array<std::string_view, 4> picture_types = {"image/jpeg", "image/png", "image/webp",
                                                           "application/octet-stream"};
constexpr std::size_t form_bytes_max = 16'384;  // around the picture

api_response too_large(std::string_view request_id) {
  return problem(413, "body_too_large",
                 "a picture may have " + std::to_string(picture_bytes_max) + " bytes", "file",
                 request_id);
}

std::string text_of(const std::vector<face_encoding>& faces) {
  std::string text = "[";
  for (const face_encoding& face : faces) {
    text += text.size() == 1 ? "[" : ",[";
    for (std::size_t i = 0; i < face.size(); ++i) {
      if (i > 0) text += ',';
      append_number(text, face[i]);
    }
    text += ']';
  }
  return text += ']';
}

net::awaitable<answer_or<std::string>> read_picture(const api_request& request,
                                                    request_body& body) {
  multipart_field file{request, body, "file", picture_types};
  std::string picture;
  for (;;) {
    auto piece = co_await file.next();
    if (!piece) co_return piece.error();
    if (!*piece) co_return picture;
    if (picture.size() + (*piece)->size() > picture_bytes_max) {
      co_return too_large(request.request_id);
    }
    picture += **piece;
  }
}

net::awaitable<api_response> encode(const encoder_route_parts& parts, api_request request,
                                    request_body& body) {
  auto place = parts.workers.take_place();
  if (!place) co_return problem_of(place.error(), request.request_id);
  auto picture = co_await read_picture(request, body);
  if (!picture) co_return picture.error();
  const auto faces = co_await parts.workers.encode(std::move(*place), std::move(*picture));
  if (faces) co_return json_answer(200, text_of(*faces));
  const failure& why = faces.error();
  if (why.code == errc::data_malformed) {
    co_return problem(400, "picture_malformed", why.what, "file", request.request_id);
  }
  parts.log.error("a picture failed", {{"request_id", request.request_id}, {"why", why.what}});
  co_return problem_of(why, request.request_id);
}

route& add_open(std::vector<route>& table, std::string_view method, std::string_view pattern) {
  route& added = table.emplace_back();
  added.method = method;
  added.pattern = pattern;
  added.access = route_access::open;
  added.while_loading = true;
  return added;
}

}  // namespace

std::vector<route> make_encoder_routes(const encoder_route_parts& parts) {
  std::vector<route> table;
  route& encoding = add_open(table, "POST", "/v1/selfie");
  encoding.body_bytes_max = picture_bytes_max + form_bytes_max;
  encoding.content_types = form_body;
  encoding.handle_body = [&parts](api_request request,
                                  request_body& body) -> net::awaitable<api_response> {
    return encode(parts, std::move(request), body);
  };
  add_open(table, "GET", "/livez").handle = [](api_request) -> net::awaitable<api_response> {
    co_return json_answer(200, "{\"live\":true}");
  };
  add_open(table, "GET", "/ping").handle = [](api_request) -> net::awaitable<api_response> {
    co_return json_answer(200, "{\"status\":\"ok\"}");
  };
  add_open(table, "GET", "/metrics").handle =
      [&parts](api_request) -> net::awaitable<api_response> {
    api_response answer = json_answer(200, metrics_text(parts.metrics));
    answer.content_type = metrics_content_type;
    co_return answer;
  };
  return table;
}

}  // namespace reprise
