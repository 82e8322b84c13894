// Our HTTP/1.1 server: listens, admits connections within bounds, has each served, stops in order.
//
// Shapes   one coroutine a connection; routes answer in coroutines on the same executor
// Errors   listen: io_failed with the address and why. Where descriptors run short it stops
//          accepting for a while, and goes on
// Threads  the executor that it was made for, which is one thread
// Owns     the listeners and the connections. Destroyed unstopped, it closes them; handlers that
//          still run end behind it
// Source   RFC 9110, RFC 9112; bad input, docs/design.md
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "host/failure.hpp"
#include "host/metrics.hpp"
#include "host/random_source.hpp"
#include "net/api_types.hpp"
#include "net/http_limits.hpp"
#include "net/router.hpp"

namespace reprise {

struct http_server_parts {
  router routes;
  random_source& random;  // for the ids of requests; outlives the server
  // What a handler threw, for the log.
  std::function<void(std::string_view request_id, std::string_view what)> report_failure;
};

class http_server {
 public:
  http_server(net::any_io_executor on, http_server_parts parts, const http_limits& limits = {});
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  // Where it listens: with the port that the system chose, if 0 was asked for.
  [[nodiscard]] outcome<net::ip::tcp::endpoint> listen(const net::ip::tcp::endpoint& at);

  // No new connections; idle ones and endless streams end, requests in progress have
  // shutdown_grace. What is left then is cancelled. `stopped` is called once, never inside the
  // call, when nothing is left, or abort_grace later; not after the server's end.
  void stop(std::function<void()> stopped);

  // Ends streams and conversations that have no end of their own, as they were begun under keys
  // that are good no more: whoever has a good one asks again.
  void end_endless();

  void write_metrics(metric_writer& into) const;

 private:
  struct state;

  std::shared_ptr<state> state_;
};

}  // namespace reprise
