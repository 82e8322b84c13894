// An HTTP server for peers that misbehave: it reads requests strictly, and whoever answers them
// writes what bytes he likes.
//
// Shapes   requests have no body, or one with Content-Length
// Errors   listen: io_failed with the address. A request that is none is answered 400, one with a
//          body that is too large 413, and the connection ends
// Threads  that of the io_context, and no other
// Owns     its sockets; connections over the limit are closed at once. Idle ones have no deadline:
//          pollers keep theirs, and stop() ends all
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "host/failure.hpp"
#include "net/asio.hpp"
#include "net/simulate/request_head.hpp"

namespace reprise {

class byte_peer {
 public:
  explicit byte_peer(net::ip::tcp::socket taken)
      : socket_{std::move(taken)}, timer_{socket_.get_executor()} {}

  // Whether the peer has taken all of it.
  net::awaitable<bool> write(std::string bytes);
  // False where the server stops.
  net::awaitable<bool> wait(std::chrono::milliseconds span);
  // Reads and says nothing, until the peer has gone.
  net::awaitable<void> hang();
  void reset();  // a TCP reset, not a close
  void close();

 private:
  friend class byte_server;
  // The next request; nothing at the end of the connection.
  net::awaitable<std::optional<request_head>> read_head();
  net::awaitable<bool> read_body(std::size_t bytes, std::string& into);

  net::ip::tcp::socket socket_;
  net::steady_timer timer_;
  std::string buffer_ = {};
};

class byte_server {
 public:
  // Answers one request; false ends the connection.
  using handler = std::function<net::awaitable<bool>(byte_peer&, request_head, std::string body)>;
  struct options {
    net::ip::tcp::endpoint listen;
    std::size_t connections_max = 1'024;
    std::size_t body_bytes_max = 0;
    // Asked at each new connection: whether it is reset unheard.
    std::function<bool()> refuses = {};
  };

  [[nodiscard]] static outcome<std::unique_ptr<byte_server>> listen(net::io_context& io,
                                                                    options taken, handler answer);
  byte_server(const byte_server&) = delete;
  byte_server& operator=(const byte_server&) = delete;
  ~byte_server();  // as stop()

  [[nodiscard]] net::ip::tcp::endpoint address() const;
  [[nodiscard]] std::uint64_t refused() const noexcept;  // connections over the limit
  void stop();

 private:
  struct state;
  static net::awaitable<void> accept(std::shared_ptr<state> held);
  static net::awaitable<void> serve(std::shared_ptr<state> held, std::shared_ptr<byte_peer> to);
  explicit byte_server(std::shared_ptr<state> made) : state_{std::move(made)} {}
  std::shared_ptr<state> state_;
};

// "http://127.0.0.1:9000"
[[nodiscard]] std::string http_url(const net::ip::tcp::endpoint& at);

}  // namespace reprise
