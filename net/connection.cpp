#include "net/connection.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "net/tls_client.hpp"

namespace reprise {

connection::connection(net::io_context& io, std::size_t& open_count)
    : socket_{io}, open_count_{open_count} {
  ++open_count_;
}

connection::~connection() {
  --open_count_;
}

net::awaitable<error_code> connection::connect(endpoint to) {
  error_code failed;
  socket_.open(to.protocol(), failed);
  if (failed) co_return failed;
  socket_.set_option(net::ip::tcp::no_delay{true}, failed);
  std::tie(failed) = co_await socket_.async_connect(to, as_result);
  co_return failed;
}

net::awaitable<error_code> connection::handshake(std::shared_ptr<net::ssl::context> context,
                                                 std::string host) {
  tls_ = std::make_unique<net::ssl::stream<net::ip::tcp::socket&>>(socket_, *context);
  if (!expect_host(tls_->native_handle(), host)) co_return net::error::no_memory;
  const auto [failed] = co_await tls_->async_handshake(net::ssl::stream_base::client, as_result);
  co_return failed;
}

std::string connection::handshake_failure(error_code failed) const {
  return handshake_words(tls_->native_handle(), failed);
}

net::awaitable<error_code> connection::write(std::string_view text) {
  error_code failed;
  std::size_t written = 0;
  const net::const_buffer bytes{text.data(), text.size()};
  if (tls_) {
    std::tie(failed, written) = co_await net::async_write(*tls_, bytes, as_result);
  } else {
    std::tie(failed, written) = co_await net::async_write(socket_, bytes, as_result);
  }
  co_return failed;
}

net::awaitable<std::tuple<error_code, std::size_t>> connection::read_some(std::span<char> into) {
  const net::mutable_buffer bytes{into.data(), into.size()};
  if (tls_) co_return co_await tls_->async_read_some(bytes, as_result);
  co_return co_await socket_.async_read_some(bytes, as_result);
}

void connection::abort() noexcept {
  error_code ignored;
  socket_.set_option(net::socket_base::linger{true, 0}, ignored);
  socket_.close(ignored);
}

bool connection::is_quiet() noexcept {
  if (tls_) {
    // Records that came behind an answer wait inside OpenSSL, where the socket does not show them.
    SSL* const session = tls_->native_handle();
    if (SSL_pending(session) > 0 || BIO_ctrl_pending(SSL_get_rbio(session)) > 0) return false;
  }
  char peeked = 0;
  const auto got = ::recv(socket_.native_handle(), &peeked, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace reprise
