// The WebSocket that a connection of our server became.
//
// Errors   as web_socket says. A client that breaks the protocol is told by a close, and cut after
//          web_socket_close_time_max; one that does not read, after write_stall_max
// Threads  the API's executor
// Owns     the socket and the message that is being read, which is counted among the bodies
// Source   RFC 6455. Beast speaks it: frames, masks, UTF-8, pings; only the .cpp includes it
#pragma once

#include <memory>

#include "net/api_types.hpp"
#include "net/web_socket.hpp"

namespace reprise {

struct http_shared;

class websocket_session : public web_socket {
 public:
  // Answers a request that refuse_upgrade() had nothing against. False where the client has gone.
  virtual net::awaitable<bool> accept(api_request request) = 0;
  // Says that it ends here, and why, once it is accepted and unless a close was said; returns at
  // once. The reason is of static storage.
  virtual void drain(close_code code, std::string_view reason) = 0;
  // Behind the last read and write: closes in order, unless that is done.
  virtual net::awaitable<void> finish(close_code code) = 0;
  // Ends now.
  virtual void abort() = 0;
};

[[nodiscard]] std::shared_ptr<websocket_session> make_websocket_session(
    net::ip::tcp::socket connected, std::shared_ptr<http_shared> shared);

}  // namespace reprise
