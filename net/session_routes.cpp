#include "net/session_routes.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "host/json_text.hpp"
#include "net/http_text.hpp"
#include "net/picture_upload.hpp"
#include "net/route_values.hpp"
#include "net/secret_key.hpp"
#include "net/session_desk.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 1> form_body = {"multipart/form-data"};

// The hash of the header `key`; nothing where that is no key, or is there twice.
std::optional<sha256_digest> key_asked(const api_request& request) {
  const auto is_key = [](const header_field& field) {
    return equal_ignoring_case(field.name, "key");
  };
  if (std::count_if(request.headers.begin(), request.headers.end(), is_key) != 1) return {};
  const std::string& given = *request.header("key");
  if (!is_well_formed_secret(session_key_prefix, given)) return {};
  return hash_of_secret(given);
}

api_response unknown_session(std::string_view request_id) {
  return problem(403, "session_unknown",
                 "the header `key` must be the key of a session: GET /session makes one", {},
                 request_id);
}

api_response full_session(const session_limits& limits, std::string_view request_id) {
  return problem(400, "session_full",
                 "a session has at most " + std::to_string(limits.images_max) +
                     " images: DELETE /session clears it",
                 {}, request_id);
}

// What a change or a look at a session failed by.
api_response refusal_of(const failure& failed, const session_limits& limits,
                        std::string_view request_id) {
  if (failed.code == errc::not_found) return unknown_session(request_id);
  if (failed.code == errc::data_conflict) return full_session(limits, request_id);
  return problem_of(failed, request_id);
}

// Of an answer that is no encoding.
api_response refusal_of(const encoder_answer& answer, std::string_view request_id) {
  const auto refuse = [&](unsigned status, std::string_view detail) {
    return problem(status, to_string(answer.end), detail, {}, request_id);
  };
  switch (answer.end) {
    case encoder_end::no_face:
      return refuse(400, "there is no face in the picture");
    case encoder_end::too_many_faces:
      return refuse(400, "there are too many faces in the picture: " + answer.detail);
    case encoder_end::picture_invalid:
      return refuse(400, "the encoder does not take the picture: " + answer.detail);
    case encoder_end::late:
      return problem(504, "encoder_late", "the encoder did not answer in time", {}, request_id);
    case encoder_end::resting: {
      api_response made =
          problem(502, "encoder_failed", "the encoder has failed and is left alone for a while", {},
                  request_id);
      made.headers.push_back({"Retry-After", std::to_string(answer.retry_after.count())});
      return made;
    }
    case encoder_end::overloaded:
      return problem_of({errc::overloaded, {}, {}}, request_id);
    case encoder_end::no_memory:
      return problem_of({errc::host_memory, {}, {}}, request_id);
    default:
      return problem(502, "encoder_failed", "the encoder failed", {}, request_id);
  }
}

class session_routes {
 public:
  explicit session_routes(session_desk& desk) : desk_{desk} {}

  net::awaitable<api_response> make(api_request request) {
    const auto key = co_await desk_.make();
    if (!key) co_return no_room(key.error(), request.request_id);
    std::string body = "{\"key\":";
    append_json_string(body, *key);
    body += '}';
    co_return json_answer(200, std::move(body));
  }

  net::awaitable<api_response> encode(api_request request, request_body& body) {
    const auto begun = std::chrono::steady_clock::now();
    auto answer = co_await encode_picture(std::move(request), body);
    desk_.note_upload(answer.status, std::chrono::steady_clock::now() - begun);
    co_return answer;
  }

  net::awaitable<api_response> summary(api_request request) {
    const auto key = key_asked(request);
    if (!key) co_return unknown_session(request.request_id);
    auto text = co_await desk_.summary(*key);
    if (!text) co_return refusal_of(text.error(), desk_.limits(), request.request_id);
    co_return json_answer(200, std::move(*text));
  }

  net::awaitable<api_response> clear(api_request request) {
    const auto key = key_asked(request);
    if (!key) co_return unknown_session(request.request_id);
    const auto cleared = co_await desk_.clear(*key);
    if (!cleared) co_return refusal_of(cleared.error(), desk_.limits(), request.request_id);
    api_response made;
    made.status = 204;
    co_return made;
  }

 private:
  static api_response no_room(const failure& failed, std::string_view request_id) {
    if (failed.code != errc::data_conflict) return problem_of(failed, request_id);
    api_response made = problem(503, "capacity_exhausted", failed.what, {}, request_id);
    made.headers.push_back({"Retry-After", "60"});
    return made;
  }

  // What costs nothing is judged first; what is not accepted in the end has not counted.
  net::awaitable<api_response> encode_picture(api_request request, request_body& body) {
    const std::string id = request.request_id;
    const auto key = key_asked(request);
    if (!key) co_return unknown_session(id);
    const session_limits limits = desk_.limits();
    const auto session = co_await desk_.find(*key);
    if (!session) co_return refusal_of(session.error(), limits, id);
    if (session->images >= limits.images_max) co_return full_session(limits, id);
    const auto picture = co_await read_picture(request, body, desk_.room());
    if (!picture) co_return picture.error();
    const auto answer = co_await desk_.encode(*picture);
    if (!answer) co_return problem_of(answer.error(), id);
    if (answer->end != encoder_end::encoded) co_return refusal_of(*answer, id);
    const auto added = co_await desk_.add_image(*key, (*picture)->hash, answer->faces);
    if (!added) co_return refusal_of(added.error(), limits, id);
    std::string text;
    append_faces(text, *answer->faces);
    co_return json_answer(200, std::move(text));
  }

  session_desk& desk_;
};

}  // namespace

void add_session_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<session_routes>(parts.sessions);
  route& make = add_route(table, "GET", "/session", made, &session_routes::make);
  make.while_loading = true;
  make.head = false;
  add_route(table, "DELETE", "/session", made, &session_routes::clear).while_loading = true;
  add_route(table, "GET", "/summary", made, &session_routes::summary).while_loading = true;
  route& encode = table.emplace_back();
  encode.method = "POST";
  encode.pattern = "/encode";
  encode.while_loading = true;
  encode.body_bytes_max = picture_form_bytes_max;
  encode.content_types = form_body;
  encode.handle_body = [made](api_request request, request_body& body) {
    return made->encode(std::move(request), body);
  };
}

}  // namespace reprise
