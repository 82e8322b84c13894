#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/json_fields.hpp"
#include "host/match/assert.hpp"
#include "host/strict_json.hpp"
#include "net/http_body.hpp"
#include "net/http_request_head.hpp"
#include "tests/fuzz/http_fuzz.hpp"

namespace reprise {
namespace {

constexpr std::size_t body_bytes_max = 300;  // small, so that short inputs pass it
const http_limits limits{.target_bytes_max = 100, .head_bytes_max = 300, .fields_max = 5};

struct read_request {
  request_head head;
  std::string body;
};
struct read_connection {
  std::vector<read_request> requests;
  http_refusal refusal;  // status 0: none
};

// Gives the reader what it takes, `piece` bytes at a time.
template <typename Reader>
void feed(Reader& reader, std::string_view& bytes, std::size_t piece) {
  while (reader.state() == reading::more && !bytes.empty()) {
    const std::string_view given = bytes.substr(0, piece);
    const std::size_t taken = reader.take(given);
    REPRISE_ASSERT(taken <= given.size());
    REPRISE_ASSERT(taken > 0 || reader.state() != reading::more);
    bytes.remove_prefix(taken);
  }
}

read_connection read_all_requests(std::string_view bytes, std::size_t piece) {
  read_connection connection;
  connection.refusal.status = 0;
  while (!bytes.empty()) {
    request_head_reader head{limits};
    feed(head, bytes, piece);
    if (head.state() == reading::refused) connection.refusal = head.refusal();
    if (head.state() != reading::done) break;
    http_body_reader body{head.head().framing, head.head().content_length, body_bytes_max};
    feed(body, bytes, piece);
    REPRISE_ASSERT(body.body().size() <= body_bytes_max);
    if (body.state() == reading::refused) connection.refusal = body.refusal();
    if (body.state() != reading::done) break;
    connection.requests.push_back({std::move(head.head()), std::move(body.body())});
  }
  return connection;
}

void check_head(const request_head& head) {
  REPRISE_ASSERT(head.headers.size() <= limits.fields_max);
  REPRISE_ASSERT(head.path.size() <= limits.target_bytes_max);
  for (const std::string& segment : head.segments) {
    REPRISE_ASSERT(segment.find_first_of({"\0\r\n/", 4}) == std::string::npos);
  }
  for (const header_field& field : head.headers) {
    REPRISE_ASSERT(field.value.find_first_of({"\0\r\n", 3}) == std::string::npos);
  }
}

void check_json(const std::string& bytes) {
  const auto parsed = parse_strict_json(bytes);
  if (!parsed) {
    REPRISE_ASSERT(parsed.error().what.find('\n') == std::string::npos);
    return;
  }
  // Whatever is taken here, others take it, too, and understand the same.
  const auto again = nlohmann::json::parse(bytes, nullptr, false);
  REPRISE_ASSERT(again == *parsed);
  json_fields fields{*parsed};
  (void)fields.text("a");
  (void)fields.integer("b", -10, 10);
  (void)fields.reals("c", 1, 4);
  (void)fields.text_map("d", 4);
  const auto failed = fields.finish();
  if (failed) REPRISE_ASSERT(failed->what.find('\n') == std::string::npos);
}

}  // namespace

void check_http(const std::string& bytes) {
  const read_connection whole = read_all_requests(bytes, bytes.size() + 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const read_connection pieces = read_all_requests(bytes, piece);
    REPRISE_ASSERT(pieces.refusal.status == whole.refusal.status);
    REPRISE_ASSERT(pieces.refusal.detail == whole.refusal.detail);
    REPRISE_ASSERT(pieces.requests.size() == whole.requests.size());
    for (std::size_t i = 0; i < whole.requests.size(); ++i) {
      REPRISE_ASSERT(pieces.requests[i].head.segments == whole.requests[i].head.segments);
      REPRISE_ASSERT(pieces.requests[i].head.headers == whole.requests[i].head.headers);
      REPRISE_ASSERT(pieces.requests[i].body == whole.requests[i].body);
    }
  }
  REPRISE_ASSERT(whole.refusal.detail.find('\n') == std::string::npos);
  for (const read_request& request : whole.requests) check_head(request.head);
  check_json(bytes);
}

}  // namespace reprise
