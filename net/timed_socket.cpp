#include "net/timed_socket.hpp"

#include <sys/socket.h>

namespace reprise {

struct timed_socket::state {
  explicit state(net::ip::tcp::socket connected)
      : socket{std::move(connected)}, timer{socket.get_executor()} {}

  net::ip::tcp::socket socket;
  net::steady_timer timer;
  std::uint64_t armed = 0;  // counts deadlines: an old one that fires is told by its number
  bool late = false;
  net::cancellation_signal watch;
  std::uint64_t watched = 0;  // likewise
};

// Cancels what the socket does when the deadline comes before the guard's end.
class timed_socket::deadline_guard {
 public:
  deadline_guard(std::shared_ptr<state> of, moment deadline) : state_{std::move(of)} {
    state_->timer.expires_at(deadline);
    state_->timer.async_wait([held = state_, number = ++state_->armed](error_code error) {
      if (error || held->armed != number) return;
      held->late = true;
      error_code ignored;
      held->socket.cancel(ignored);
    });
  }
  ~deadline_guard() {
    ++state_->armed;
    state_->timer.cancel();
  }
  deadline_guard(const deadline_guard&) = delete;
  deadline_guard& operator=(const deadline_guard&) = delete;

 private:
  std::shared_ptr<state> state_;
};

timed_socket::timed_socket(net::ip::tcp::socket connected)
    : state_{std::make_shared<state>(std::move(connected))} {
  error_code ignored;
  state_->socket.set_option(net::ip::tcp::no_delay{true}, ignored);
}

net::awaitable<std::size_t> timed_socket::read_some(std::span<char> into, moment deadline) {
  const deadline_guard guard{state_, deadline};
  const auto [error, count] =
      co_await state_->socket.async_read_some(net::buffer(into.data(), into.size()), as_result);
  co_return error ? 0 : count;
}

net::awaitable<bool> timed_socket::write(std::string_view bytes,
                                         std::chrono::milliseconds stall_max) {
  while (!bytes.empty()) {
    const deadline_guard guard{state_, std::chrono::steady_clock::now() + stall_max};
    const auto [error, count] =
        co_await state_->socket.async_write_some(net::buffer(bytes), as_result);
    if (error) co_return false;
    bytes.remove_prefix(count);
  }
  co_return true;
}

bool timed_socket::was_late() const noexcept {
  return state_->late;
}

void timed_socket::watch_for_close(std::function<void()> gone) {
  auto seen = [held = state_, number = ++state_->watched,
               gone = std::move(gone)](error_code error) {
    if (error || held->watched != number) return;
    char peeked = 0;
    const auto count = ::recv(held->socket.native_handle(), &peeked, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))) return;
    gone();
  };
  state_->socket.async_wait(net::socket_base::wait_read,
                            net::bind_cancellation_slot(state_->watch.slot(), std::move(seen)));
}

void timed_socket::stop_watching() {
  ++state_->watched;
  state_->watch.emit(net::cancellation_type::terminal);
}

net::ip::tcp::socket timed_socket::release() {
  return std::move(state_->socket);
}

void timed_socket::shutdown_send() {
  error_code ignored;
  state_->socket.shutdown(net::socket_base::shutdown_send, ignored);
}

void timed_socket::close() {
  error_code ignored;
  state_->socket.close(ignored);
}

}  // namespace reprise
