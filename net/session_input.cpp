#include "net/session_input.hpp"

namespace reprise {

net::awaitable<bool> session_input::fill(timed_socket::moment deadline) {
  const std::size_t count = co_await socket_.read_some(buffer_, deadline);
  pending_ = {buffer_.data(), count};
  co_return count > 0;
}

}  // namespace reprise
