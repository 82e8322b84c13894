// One connection to a source or a sink: TCP, or TLS over it.
//
// Errors   as error_code; after one the connection is of no use but to be destroyed
// Threads  one; one operation at a time
// Owns     the socket. abort() ends what is under way; otherwise destroying it closes it
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "net/asio.hpp"
#include "net/asio_ssl.hpp"

namespace reprise {

class connection {
 public:
  using endpoint = net::ip::tcp::endpoint;

  // `open_count` counts connections, from here to the destructor.
  connection(net::io_context& io, std::size_t& open_count);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  net::awaitable<error_code> connect(endpoint to);
  // `context` must live until it returns.
  net::awaitable<error_code> handshake(std::shared_ptr<net::ssl::context> context,
                                       std::string host);
  [[nodiscard]] std::string handshake_failure(error_code failed) const;
  // `text` and `into` must live until it returns.
  net::awaitable<error_code> write(std::string_view text);
  net::awaitable<std::tuple<error_code, std::size_t>> read_some(std::span<char> into);

  // Closes at once, by a reset: the port is free again. What is under way fails.
  void abort() noexcept;
  // Between two exchanges: the peer has neither closed nor sent anything.
  [[nodiscard]] bool is_quiet() noexcept;

 private:
  net::ip::tcp::socket socket_;
  std::unique_ptr<net::ssl::stream<net::ip::tcp::socket&>> tls_;
  std::size_t& open_count_;
};

}  // namespace reprise
