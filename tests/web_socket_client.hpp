// A WebSocket client on loopback for tests: Beast's, blocking.
//
// Errors   a handshake that fails throws; a wait ends after a minute, as an end of the conversation
// Threads  one
// Owns     its socket
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <cstdint>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "net/asio.hpp"

namespace reprise {

class web_socket_client {
 public:
  web_socket_client(std::uint16_t port, const std::string& target) {
    stream_.next_layer().connect({net::ip::address_v4::loopback(), port});
    const ::timeval patience{60, 0};  // a hang, not a slow machine
    ::setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience,
                 sizeof patience);
    stream_.handshake(answer, "localhost", target);
  }
  void write(const std::string& text) { stream_.write(net::buffer(text)); }
  // A message, or "" at the end.
  std::string read() {
    boost::beast::flat_buffer buffer;
    error_code error;
    stream_.read(buffer, error);
    if (error) return {};
    return {static_cast<const char*>(buffer.cdata().data()), buffer.size()};
  }
  // With what the server closes.
  int code() {
    while (!read().empty()) continue;
    return stream_.reason().code;
  }
  boost::beast::websocket::stream<net::ip::tcp::socket>& stream() { return stream_; }

  boost::beast::websocket::response_type answer;

 private:
  net::io_context context_;
  boost::beast::websocket::stream<net::ip::tcp::socket> stream_{context_};
};

}  // namespace reprise
