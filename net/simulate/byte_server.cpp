#include "net/simulate/byte_server.hpp"

#include <array>
#include <set>
#include <sstream>

namespace reprise {
namespace {

// Behind a failed accept, as when no descriptor is left.
constexpr std::chrono::milliseconds accept_pause{50};

// A coroutine that ends by an exception has met a broken invariant: memory, or a handler of ours.
void rethrow(std::exception_ptr thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

net::awaitable<bool> byte_peer::write(std::string bytes) {
  const auto [failed, written] = co_await net::async_write(socket_, net::buffer(bytes), as_result);
  co_return !failed;
}

net::awaitable<bool> byte_peer::wait(std::chrono::milliseconds span) {
  timer_.expires_after(span);
  const auto [failed] = co_await timer_.async_wait(as_result);
  co_return !failed;
}

net::awaitable<void> byte_peer::hang() {
  std::array<char, 1'024> ignored;
  for (;;) {
    const auto [failed, read] = co_await socket_.async_read_some(net::buffer(ignored), as_result);
    if (failed) co_return;
  }
}

void byte_peer::reset() {
  error_code ignored;
  socket_.set_option(net::socket_base::linger(true, 0), ignored);
  close();
}

void byte_peer::close() {
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

net::awaitable<std::optional<request_head>> byte_peer::read_head() {
  auto into = net::dynamic_buffer(buffer_, request_head_bytes_max);
  const auto [failed, bytes] = co_await net::async_read_until(socket_, into, "\r\n\r\n", as_result);
  if (failed && failed != net::error::not_found) co_return std::nullopt;
  auto head = failed ? std::nullopt : parse_request_head({buffer_.data(), bytes});
  if (!head) {
    co_await write(http_answer(400, ""));
    co_return std::nullopt;
  }
  buffer_.erase(0, bytes);
  co_return head;
}

net::awaitable<bool> byte_peer::read_body(std::size_t bytes, std::string& into) {
  const std::size_t present = std::min(bytes, buffer_.size());
  into = buffer_.substr(0, present);
  buffer_.erase(0, present);
  into.resize(bytes);
  const auto [failed, read] = co_await net::async_read(
      socket_, net::buffer(into.data() + present, bytes - present), as_result);
  co_return !failed;
}

struct byte_server::state {
  state(net::io_context& io, options taken, handler answers)
      : set{std::move(taken)}, answer{std::move(answers)}, acceptor{io}, pause{io} {}
  options set;
  handler answer;
  net::ip::tcp::acceptor acceptor;
  net::steady_timer pause;
  net::ip::tcp::endpoint address;
  std::set<std::shared_ptr<byte_peer>> peers;
  std::uint64_t refused = 0;
  bool stopped = false;
};

outcome<std::unique_ptr<byte_server>> byte_server::listen(net::io_context& io, options taken,
                                                          handler answer) {
  auto made = std::make_shared<state>(io, std::move(taken), std::move(answer));
  error_code failed;
  net::ip::tcp::acceptor& acceptor = made->acceptor;
  acceptor.open(made->set.listen.protocol(), failed);
  if (!failed) acceptor.set_option(net::socket_base::reuse_address(true), failed);
  if (!failed) acceptor.bind(made->set.listen, failed);
  if (!failed) acceptor.listen(net::socket_base::max_listen_connections, failed);
  if (!failed) made->address = acceptor.local_endpoint(failed);
  if (failed) {
    std::ostringstream text;
    text << made->set.listen << ": " << failed.message();
    return failure{errc::io_failed, text.str()};
  }
  net::co_spawn(io, accept(made), rethrow);
  return std::unique_ptr<byte_server>{new byte_server{std::move(made)}};
}

net::awaitable<void> byte_server::accept(std::shared_ptr<state> held) {
  while (!held->stopped) {
    auto [failed, socket] = co_await held->acceptor.async_accept(as_result);
    if (held->stopped) co_return;
    if (failed) {
      held->pause.expires_after(accept_pause);
      co_await held->pause.async_wait(as_result);
      continue;
    }
    error_code ignored;
    socket.set_option(net::ip::tcp::no_delay(true), ignored);
    const auto peer = std::make_shared<byte_peer>(std::move(socket));
    if (held->set.refuses && held->set.refuses()) {
      peer->reset();
    } else if (held->peers.size() >= held->set.connections_max) {
      ++held->refused;
      peer->close();
    } else {
      held->peers.insert(peer);
      net::co_spawn(held->acceptor.get_executor(), serve(held, peer), rethrow);
    }
  }
}

net::awaitable<void> byte_server::serve(std::shared_ptr<state> held,
                                        std::shared_ptr<byte_peer> to) {
  for (bool goes_on = true; goes_on && !held->stopped;) {
    auto head = co_await to->read_head();
    if (!head) break;
    if (head->content_length > held->set.body_bytes_max) {
      co_await to->write(http_answer(413, ""));
      break;
    }
    std::string body;
    if (!co_await to->read_body(head->content_length, body)) break;
    const bool keeps = head->keep_alive;
    goes_on = co_await held->answer(*to, std::move(*head), std::move(body)) && keeps;
  }
  to->close();
  held->peers.erase(to);
}

byte_server::~byte_server() {
  stop();
}

net::ip::tcp::endpoint byte_server::address() const {
  return state_->address;
}

std::uint64_t byte_server::refused() const noexcept {
  return state_->refused;
}

std::string http_url(const net::ip::tcp::endpoint& at) {
  std::ostringstream text;
  text << "http://" << at;
  return text.str();
}

void byte_server::stop() {
  state_->stopped = true;
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
  for (const auto& peer : state_->peers) peer->close();
}

}  // namespace reprise
