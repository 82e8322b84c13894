#include "net/delivery_event_routes.hpp"

#include <array>
#include <memory>
#include <utility>

#include "host/json_text.hpp"
#include "host/moving_average/event_lines.hpp"
#include "net/body_share.hpp"
#include "net/route_values.hpp"
#include "net/upload.hpp"
#include "net/web_socket.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 1> event_types = {"application/x-ndjson"};
// Clocks differ.
constexpr std::chrono::seconds ahead_max{60};

// What became of the lines of one request or message: how many were stored, or why none was.
struct stored_lines {
  std::size_t count = 0;
  std::optional<failure> refused = {};
  std::optional<std::uint64_t> line = {};  // that is at fault
};

// The text's own fault, and no failure of ours.
bool is_refusal(errc code) noexcept {
  return code == errc::data_malformed || code == errc::out_of_range;
}

std::string stored_text(std::size_t count) {
  std::string text = "{\"stored\":";
  append_number(text, static_cast<std::int64_t>(count));
  return text += '}';
}

std::string refusal_text(const stored_lines& refused) {
  std::string text = "{\"code\":";
  append_json_string(text, problem_code(refused.refused->code));
  text += ",\"detail\":";
  append_json_string(text, refused.refused->what);
  text += ",\"line\":";
  append_json_number(
      text, refused.line ? std::optional{static_cast<std::int64_t>(*refused.line)} : std::nullopt);
  return text += '}';
}

class delivery_event_routes {
 public:
  explicit delivery_event_routes(const api_parts& parts) : parts_{parts} {}

  net::awaitable<api_response> post(api_request request) {
    const auto done = co_await store(std::move(request.body), "body", event_way::post);
    if (done.refused) co_return problem_of(*done.refused, request.request_id);
    co_return json_answer(202, stored_text(done.count));
  }

  // It reads on while a message is being stored: the client's pings are answered for as long, and
  // one message waits at most.
  net::awaitable<void> converse(web_socket& with) {
    message_channel heard{co_await net::this_coro::executor};
    using namespace net::experimental::awaitable_operators;
    co_await (read_messages(with, heard) && answer_messages(with, heard));
  }

 private:
  // Each message in its turn; nothing at the end of the conversation.
  using message_channel = net::experimental::channel<void(error_code, std::optional<std::string>)>;

  static net::awaitable<void> read_messages(web_socket& with, message_channel& heard) {
    for (bool more = true; more;) {
      auto message = co_await with.read();
      std::optional<std::string> text;
      if (message) text = std::move(*message);
      more = text.has_value();
      const auto [refused] = co_await heard.async_send({}, std::move(text), as_result);
      more = more && !refused;
    }
  }

  net::awaitable<void> answer_messages(web_socket& with, message_channel& heard) {
    for (bool more = true; more;) {
      auto [ended, message] = co_await heard.async_receive(as_result);
      if (ended || !message) break;
      more = co_await answer_message(with, std::move(*message));
    }
    heard.cancel();  // a message that waits gets no answer
    heard.close();
  }

  // Whether the conversation goes on.
  net::awaitable<bool> answer_message(web_socket& with, std::string message) {
    const auto done = co_await store(std::move(message), "message", event_way::web_socket);
    if (done.refused && !is_refusal(done.refused->code)) {
      co_await end(with, done.refused->code);
      co_return false;
    }
    // Named, since g++ 12 destroys the temporaries of a conditional inside a co_await twice.
    std::string answer = done.refused ? refusal_text(done) : stored_text(done.count);
    co_return co_await with.write(std::move(answer));
  }

  // All of the text's events, durable, or none.
  net::awaitable<stored_lines> store(std::string text, const char* name, event_way way) {
    delivery_event_desk& desk = parts_.delivery_events;
    body_share share{desk.bytes, event_bytes_max};
    if (!share.try_hold(text.size())) {
      desk.figures().note_refused(way);
      co_return stored_lines{.refused = failure{errc::overloaded, "too many events at once"}};
    }
    const auto held = std::make_shared<const std::string>(std::move(text));
    const auto parse = [held, name, latest = desk.now() + ahead_max] {
      return std::make_shared<read_events>(read_event_lines(*held, name, latest));
    };
    // Not where pushes are read: no fingerprint waits for events.
    const auto read = co_await parts_.library.to_uploads().ask(parse);
    stored_lines made;
    if (!read) {
      made.refused = read.error();
    } else if ((*read)->bad) {
      made = {.refused = (*read)->bad->why, .line = (*read)->bad->line};
    } else {
      const auto write = [&desk, events = *read, way] { return desk.store(events->events, way); };
      const auto written = co_await parts_.library.to_writer().ask(write);
      made.count = (*read)->events.size();
      if (!written) made.refused = written.error();
    }
    if (made.refused) desk.figures().note_refused(way);
    co_return made;
  }

  static net::awaitable<void> end(web_socket& with, errc why) {
    switch (why) {
      case errc::stopping:
        co_return co_await with.close(close_code::going_away, "the service stops");
      case errc::storage_full:
        co_return co_await with.close(close_code::try_again_later, "the disk is full");
      case errc::overloaded:
        co_return co_await with.close(close_code::try_again_later, "too many events at once");
      default:
        co_return co_await with.close(close_code::internal_error, "the storage failed");
    }
  }

  const api_parts& parts_;
};

}  // namespace

void add_delivery_event_routes(std::vector<route>& table, const api_parts& parts) {
  const auto made = std::make_shared<delivery_event_routes>(parts);
  constexpr std::string_view pattern = "/delivery-events";
  route& post = add_route(table, "POST", pattern, made, &delivery_event_routes::post);
  post.while_loading = true;
  post.body_bytes_max = upload_bytes_max;
  post.content_types = event_types;
  route& talk = table.emplace_back();
  talk.method = "GET";
  talk.pattern = pattern;
  talk.while_loading = true;
  talk.converse = [made](api_request, web_socket& with) { return made->converse(with); };
}

}  // namespace reprise
