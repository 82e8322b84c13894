// A server on loopback that plays scripts, bytes and faults alike: one script for each connection,
// the last one for all that follow.
//
// Threads  those who run `io`: one
// Owns     its listener; connections end with their scripts, or with `io`
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/asio_ssl.hpp"

namespace reprise {

struct server_step {
  enum class kind {
    request,  // waits for one, headers and body
    send,
    drip,   // a byte each millisecond
    flood,  // the bytes over and over, until the client has gone
    hang,   // waits until the client has gone
    reset,
    close,  // in good order
    again,  // from the first step, on the same connection
  };
  kind what;
  std::string bytes = {};
};
using server_script = std::vector<server_step>;

[[nodiscard]] server_script answering(std::string bytes);  // to each request, for ever
[[nodiscard]] std::string plain_answer(const std::string& body);

class scripted_server {
 public:
  scripted_server(net::io_context& io, std::vector<server_script> scripts,
                  std::shared_ptr<net::ssl::context> tls = nullptr,
                  const std::string& address = "127.0.0.1", std::uint16_t port = 0);
  ~scripted_server();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url(const std::string& target = "/") const;
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] const std::vector<std::string>& requests() const;
  [[nodiscard]] std::size_t bytes_received() const;
  // How connections ended that were waited for: eof, or connection_reset.
  [[nodiscard]] const std::vector<error_code>& ends() const;

  struct state;

 private:
  std::shared_ptr<state> state_;
};

}  // namespace reprise
