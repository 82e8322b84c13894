#include "tests/serve_peer.hpp"

#include <mutex>

#include "host/match/assert.hpp"
#include "net/simulate/byte_server.hpp"
#include "net/simulate/network_thread.hpp"

namespace reprise {

struct test_peer::state {
  net::io_context io{1};
  answerer answer;
  std::unique_ptr<simulate::byte_server> server;
  mutable std::mutex mutex;
  std::vector<peer_request> requests;
  std::unique_ptr<simulate::network_thread> thread;
};

test_peer::test_peer(answerer answer) : state_{std::make_unique<state>()} {
  state_->answer = std::move(answer);
  const auto take = [this](simulate::byte_peer& to, simulate::request_head head,
                           std::string body) -> net::awaitable<bool> {
    peer_request taken{std::move(head), std::move(body)};
    std::string bytes = state_->answer(taken);
    {
      const std::lock_guard lock{state_->mutex};
      state_->requests.push_back(std::move(taken));
    }
    if (bytes.empty()) {
      co_await to.hang();
      co_return false;
    }
    co_return co_await to.write(std::move(bytes));
  };
  auto made = simulate::byte_server::listen(
      state_->io,
      {.listen = {net::ip::address_v4::loopback(), 0}, .body_bytes_max = std::size_t{1} << 20},
      take);
  REPRISE_ASSERT(made.has_value());
  state_->server = std::move(*made);
  state_->thread = std::make_unique<simulate::network_thread>(state_->io);
}

test_peer::test_peer(const std::string& answer)
    : test_peer{[answer](const peer_request&) { return answer; }} {}

test_peer::~test_peer() {
  state_->thread->finish();
  state_->server.reset();
}

std::string test_peer::url(const std::string& target) const {
  return simulate::http_url(state_->server->address()) + target;
}

std::vector<peer_request> test_peer::requests() const {
  const std::lock_guard lock{state_->mutex};
  return state_->requests;
}

}  // namespace reprise
