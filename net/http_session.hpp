// One connection of our HTTP server: reads requests, has them answered in order, writes the
// answers.
//
// Shapes   one request at a time: what a client sends meanwhile waits in the socket. HEAD gets the
//          answer of GET without its body
// Errors   answered as problem(); after an error the rest of the request is dropped and the
//          connection closed. An exception of a handler is a 500, told to report_failure. A client
//          that has closed its sending side still gets its answer, but for a stream it has gone.
//          What is wrong with a body is told instead of what its handler answered
// Threads  the API's executor
// Owns     its socket, a read buffer, and the body of the present request. An upgrade gives the
//          socket to a websocket_session, which it owns to the end
// Source   RFC 9112; bad input, docs/design.md
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "host/metrics.hpp"
#include "host/random_source.hpp"
#include "net/http_limits.hpp"
#include "net/http_request_head.hpp"
#include "net/incoming_body.hpp"
#include "net/router.hpp"
#include "net/session_input.hpp"
#include "net/timed_socket.hpp"
#include "net/websocket_session.hpp"

namespace reprise {

// What all connections of one server share.
struct http_shared {
  http_limits limits;
  router routes;
  random_source& random;
  // What a handler threw, for the log: the client sees the request's id alone.
  std::function<void(std::string_view request_id, std::string_view what)> report_failure;
  bool draining = false;
  std::size_t bodies_bytes = 0;            // of the requests in progress
  std::array<std::uint64_t, 6> answers{};  // by the first digit of their status
  latency_histogram seconds;               // from a head that is read to its answer
};

class http_session : public std::enable_shared_from_this<http_session> {
 public:
  http_session(std::shared_ptr<http_shared> shared, net::ip::tcp::socket connected);

  static net::awaitable<void> run(std::shared_ptr<http_session> self);
  // Tells a connection that is one too many, and closes it.
  static net::awaitable<void> turn_away(std::shared_ptr<http_session> self);

  // Ends behind the present request, at once without one; endless streams end, too, and WebSockets
  // are closed.
  void drain();
  // Ends a stream or a conversation that has no end of its own.
  void end_endless();
  // Ends now: what the handler waits for is cancelled.
  void abort();

 private:
  struct request_facts {
    std::string id;
    bool keep_alive = true;
    bool head_only = false;
    bool old_version = false;
  };

  net::awaitable<bool> serve_one();
  net::awaitable<bool> serve(request_head& head, request_facts facts);
  net::awaitable<void> read_head(request_head_reader& reader);
  net::awaitable<api_response> handle(const route& chosen, api_request request,
                                      incoming_body& body);
  // Whether a refused upgrade leaves the connection good for another request.
  net::awaitable<bool> upgrade(const route& chosen, api_request request, request_facts facts);
  net::awaitable<void> converse(const route& chosen, api_request request);
  // Whether the connection is good for another request.
  net::awaitable<bool> answer(api_response response, request_facts facts);
  net::awaitable<bool> refuse(http_refusal refusal, request_facts facts);
  net::awaitable<bool> send_stream(body_stream& stream, bool chunked, std::string_view id);
  net::awaitable<void> linger();
  template <typename T>
  net::awaitable<std::tuple<std::exception_ptr, T>> cancellable(net::awaitable<T> work);
  void cancel_work();
  // Tells what was thrown, unless it was because the client has gone; the answer.
  [[nodiscard]] api_response fail(const std::exception_ptr& thrown, std::string_view id) const;
  [[nodiscard]] std::string new_request_id();
  [[nodiscard]] const http_limits& limits() const noexcept { return shared_->limits; }

  std::shared_ptr<http_shared> shared_;
  timed_socket socket_;
  session_input input_{socket_};
  std::shared_ptr<websocket_session> web_;  // behind an upgrade
  net::cancellation_signal cancel_;
  bool working_ = false;  // a handler or a stream runs
  bool begun_ = false;    // there has been a request
  bool idle_ = false;     // waits for the first byte of one
  bool endless_ = false;  // sends a stream that does not end by itself
  bool ending_ = false;   // such a stream is to end: the keys have changed since it was asked for
  bool gone_ = false;     // the client, or all of it by abort()
};

}  // namespace reprise
