// Requests and answers of our HTTP interface, and the routes that join them, without any Beast.
//
// Shapes   paths are decoded segment by segment; a pattern is "/channels/{name}/fingerprints". A
//          piece of a request_body has 1 to body_piece_bytes_max bytes
// Errors   a handler answers with problem(): a failure becomes its status and code in one place
// Threads  the API's executor
// Source   HTTP, docs/design.md; RFC 9457
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/channel_settings.hpp"
#include "host/failure.hpp"
#include "net/asio.hpp"

namespace reprise {

struct api_request {
  std::string method;
  std::string path;                                             // as it came, without the query
  std::vector<std::pair<std::string, std::string>> parameters;  // {name} of the pattern, decoded
  std::vector<std::pair<std::string, std::string>> query;       // decoded, in order
  std::vector<header_field> headers;
  std::string body;
  std::string request_id;
  std::string key_id;  // of the key that it came with; empty where none is asked for

  [[nodiscard]] const std::string* header(std::string_view name) const;  // whatever the case
  [[nodiscard]] const std::string* parameter(std::string_view name) const;
  [[nodiscard]] const std::string* asked(std::string_view name) const;  // of the query
};

inline constexpr std::size_t body_piece_bytes_max = 64 << 10;

// A request's body as it comes: next() gives a piece, and nothing at the end. A failure is
// data_malformed: the body broke off, was too slow, too long or badly framed; so is every next()
// behind it. The client is then told what was wrong with its body, whatever the handler answers: so
// nothing may be promised before the end has come. The client's time runs only while next() waits.
// A handler that answers before the end leaves the rest unread, and the connection closes.
class request_body {
 public:
  virtual ~request_body() = default;
  virtual net::awaitable<outcome<std::optional<std::string>>> next() = 0;
};

class web_socket;  // net/web_socket.hpp

// A body that is made piece by piece: next() gives nothing at the end. It is asked again only when
// the client has taken what came before. When the client has gone, a next() that waits is cancelled
// (its operations end with operation_aborted); the stream is destroyed when it has returned.
class body_stream {
 public:
  virtual ~body_stream() = default;
  virtual net::awaitable<std::optional<std::string>> next() = 0;
  // Events, for example: at shutdown it is cancelled and ended at once. Others get the grace.
  [[nodiscard]] virtual bool is_endless() const { return false; }
};

struct api_response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::vector<header_field> headers;
  std::string body;
  std::shared_ptr<body_stream> stream;  // instead of `body`: sent chunked
};

// A T, or what is to be answered instead.
template <typename T>
using answer_or = boost::system::result<T, api_response>;

// Boost.System asks for this where value() is called on an answer: a broken invariant of ours.
[[noreturn]] void throw_exception_from_error(const api_response& answer,
                                             const boost::source_location& place);

enum class route_access {
  open,  // no key is asked for: /livez, /readyz, /ping
  key,
};

struct route {
  std::string_view method;
  std::string_view pattern;
  route_access access = route_access::key;
  bool while_loading = false;                            // answers before the history is loaded
  bool head = true;                                      // a GET that makes nothing: HEAD, too
  std::uint64_t body_bytes_max = 0;                      // 0: it takes no body
  std::span<const std::string_view> content_types = {};  // of the body; others are 415
  // One of the three. `handle` has the whole body in its request.
  std::function<net::awaitable<api_response>(api_request)> handle = {};
  // `handle_body` has it as it comes, and never in memory.
  std::function<net::awaitable<api_response>(api_request, request_body&)> handle_body = {};
  // `converse` answers a GET that asks for a WebSocket: the connection is its own until it returns.
  std::function<net::awaitable<void>(api_request, web_socket&)> converse = {};
};

// RFC 9457: {"type","title","status","code","detail","field","request_id"}.
[[nodiscard]] api_response problem(unsigned status, std::string_view code, std::string_view detail,
                                   std::string_view field, std::string_view request_id);
// The one map from errc to status and code.
[[nodiscard]] std::string_view problem_code(errc code) noexcept;
[[nodiscard]] api_response problem_of(const failure& failed, std::string_view request_id);

}  // namespace reprise
