#include "net/multipart_field.hpp"

#include <algorithm>
#include <utility>

namespace reprise {
namespace {

constexpr std::size_t shown_name_bytes_max = 64;

std::optional<std::string> boundary_of(const api_request& request) {
  const std::string* type = request.header("Content-Type");
  return type == nullptr ? std::nullopt : multipart_boundary(*type);
}

}  // namespace

multipart_field::multipart_field(const api_request& request, request_body& body,
                                 std::string_view name,
                                 std::span<const std::string_view> content_types)
    : body_{body},
      name_{name},
      content_types_{content_types},
      request_id_{request.request_id},
      reader_{boundary_of(request).value_or("")} {
  if (boundary_of(request)) return;
  refusal_ =
      problem(400, "bad_multipart", "the Content-Type has no good boundary", {}, request_id_);
}

net::awaitable<answer_or<std::optional<std::string>>> multipart_field::next() {
  for (;;) {
    while (!refusal_ && !events_.empty()) {
      multipart_event event = std::move(events_.front());
      events_.pop_front();
      if (event.what == multipart_event::kind::part_begun) begin(std::move(event.part));
      if (event.what == multipart_event::kind::data) {
        co_return std::optional<std::string>{std::move(event.data)};
      }
    }
    if (!refusal_ && reader_.state() == reading::refused) {
      const http_refusal& bad = reader_.refusal();
      refusal_ = problem(bad.status, bad.code, bad.detail, {}, request_id_);
    }
    if (refusal_) co_return *refusal_;
    if (ended_) co_return std::optional<std::string>{};
    co_await read_more();
  }
}

net::awaitable<void> multipart_field::read_more() {
  const auto piece = co_await body_.next();
  if (!piece) {
    refusal_ = problem_of(piece.error(), request_id_);
  } else if (*piece) {
    for (multipart_event& each : reader_.take(**piece)) events_.push_back(std::move(each));
  } else {
    ended_ = true;
    reader_.end();
    if (reader_.state() == reading::done && !found_) refuse_field("the file is missing", name_);
  }
}

void multipart_field::begin(multipart_part part) {
  const std::string_view shown = std::string_view{part.name}.substr(0, shown_name_bytes_max);
  if (part.name != name_) {
    return refuse_field("there is no such field: the file's is " + std::string{name_}, shown);
  }
  if (std::exchange(found_, true)) return refuse_field("the file comes twice", shown);
  if (!part.filename) return refuse_field("the field must be a file, with a filename", shown);
  const bool taken = content_types_.empty() || part.content_type.empty() ||
                     std::find(content_types_.begin(), content_types_.end(), part.content_type) !=
                         content_types_.end();
  if (!taken) {
    std::string detail = "the file's Content-Type must be one of:";
    for (const std::string_view each : content_types_) detail.append(" ").append(each);
    refusal_ = problem(415, "unsupported_media_type", detail, name_, request_id_);
  }
  part_ = std::move(part);
}

void multipart_field::refuse_field(std::string_view detail, std::string_view field) {
  refusal_ = problem(422, "invalid_field", detail, field, request_id_);
}

}  // namespace reprise
