#include "tests/scripted_server.hpp"

#include <charconv>

namespace reprise {

struct scripted_server::state {
  state(net::io_context& io_context, std::vector<server_script> all)
      : io{io_context}, acceptor{io_context}, scripts{std::move(all)} {}
  net::io_context& io;
  net::ip::tcp::acceptor acceptor;
  std::vector<server_script> scripts;
  std::shared_ptr<net::ssl::context> tls;
  std::size_t connections = 0, bytes = 0;
  std::vector<std::string> requests;
  std::vector<error_code> ends;
};

namespace {

using state_ptr = std::shared_ptr<scripted_server::state>;
using net::ip::tcp;

std::size_t body_length(std::string_view head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  const std::size_t found = head.find(name);
  std::size_t length = 0;
  if (found == std::string_view::npos) return 0;
  std::from_chars(head.data() + found + name.size(), head.data() + head.size(), length);
  return length;
}

template <typename Stream>
struct player {
  state_ptr on;
  Stream stream;
  std::string unread = {};

  net::awaitable<error_code> read_more() {
    char bytes[4096];
    const auto [failed, count] = co_await stream.async_read_some(net::buffer(bytes), as_result);
    on->bytes += count;
    unread.append(bytes, count);
    co_return failed;
  }
  net::awaitable<error_code> read_request() {
    for (;;) {
      const std::size_t end = unread.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t whole = end + 4 + body_length(std::string_view{unread}.substr(0, end));
        if (unread.size() >= whole) {
          on->requests.push_back(unread.substr(0, whole));
          unread.erase(0, whole);
          co_return error_code{};
        }
      }
      if (const error_code failed = co_await read_more()) co_return failed;
    }
  }
  net::awaitable<error_code> write(std::string_view bytes) {
    const auto [failed, count] =
        co_await net::async_write(stream, net::buffer(bytes.data(), bytes.size()), as_result);
    co_return failed;
  }
  net::awaitable<error_code> drip(std::string_view bytes) {
    net::steady_timer pause{on->io};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (const error_code failed = co_await write(bytes.substr(i, 1))) co_return failed;
      pause.expires_after(std::chrono::milliseconds{1});
      co_await pause.async_wait(as_result);
    }
    co_return error_code{};
  }
  net::awaitable<error_code> hang() {
    error_code failed;
    while (!failed) failed = co_await read_more();
    on->ends.push_back(failed);
    co_return failed;
  }
  net::awaitable<error_code> flood(std::string_view bytes) {
    error_code failed;
    while (!failed) failed = co_await write(bytes);
    co_return failed;
  }
  void reset() {
    auto& socket = stream.lowest_layer();
    error_code ignored;
    socket.set_option(net::socket_base::linger{true, 0}, ignored);
    socket.close(ignored);
  }
  net::awaitable<void> play(server_script script) {
    using kind = server_step::kind;
    for (std::size_t i = 0; i < script.size(); ++i) {
      const server_step& step = script[i];
      error_code failed;
      if (step.what == kind::request) failed = co_await read_request();
      if (step.what == kind::send) failed = co_await write(step.bytes);
      if (step.what == kind::drip) failed = co_await drip(step.bytes);
      if (step.what == kind::flood) failed = co_await flood(step.bytes);
      if (step.what == kind::hang) failed = co_await hang();
      if (step.what == kind::reset) reset();
      if (failed || step.what == kind::reset || step.what == kind::close) co_return;
      if (step.what == kind::again) i = static_cast<std::size_t>(-1);
    }
  }
};

net::awaitable<void> serve_connection(state_ptr on, tcp::socket socket, server_script script) {
  if (!on->tls) {
    player<tcp::socket> plain{on, std::move(socket)};
    co_await plain.play(std::move(script));
    co_return;
  }
  player<net::ssl::stream<tcp::socket>> secure{on, {std::move(socket), *on->tls}};
  const auto [failed] =
      co_await secure.stream.async_handshake(net::ssl::stream_base::server, as_result);
  if (failed) co_return;
  co_await secure.play(std::move(script));
  // The socket alone is closed: a client must not wait for our goodbye.
}

net::awaitable<void> accept_all(state_ptr on) {
  for (;;) {
    auto [failed, socket] = co_await on->acceptor.async_accept(as_result);
    if (failed) co_return;
    socket.set_option(tcp::no_delay{true});
    const std::size_t turn = std::min(on->connections++, on->scripts.size() - 1);
    net::co_spawn(on->io, serve_connection(on, std::move(socket), on->scripts[turn]),
                  net::detached);
  }
}

}  // namespace

server_script answering(std::string bytes) {
  using kind = server_step::kind;
  return {{kind::request}, {kind::send, std::move(bytes)}, {kind::again}};
}

std::string plain_answer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

scripted_server::scripted_server(net::io_context& io, std::vector<server_script> scripts,
                                 std::shared_ptr<net::ssl::context> tls, const std::string& address,
                                 std::uint16_t port)
    : state_{std::make_shared<state>(io, std::move(scripts))} {
  state_->tls = std::move(tls);
  const tcp::endpoint at{net::ip::make_address(address), port};
  state_->acceptor.open(at.protocol());
  state_->acceptor.set_option(tcp::acceptor::reuse_address{true});
  state_->acceptor.bind(at);
  state_->acceptor.listen();
  net::co_spawn(io, accept_all(state_), net::detached);
}

scripted_server::~scripted_server() {
  state_->acceptor.close();
}

std::uint16_t scripted_server::port() const {
  return state_->acceptor.local_endpoint().port();
}
std::string scripted_server::url(const std::string& target) const {
  return (state_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) +
         target;
}
std::size_t scripted_server::connections() const {
  return state_->connections;
}
const std::vector<std::string>& scripted_server::requests() const {
  return state_->requests;
}
std::size_t scripted_server::bytes_received() const {
  return state_->bytes;
}
const std::vector<error_code>& scripted_server::ends() const {
  return state_->ends;
}

}  // namespace reprise
