// A connected TCP socket, each of whose reads and writes has a deadline.
//
// Errors   an operation that fails, or is late, says so by its result. After a late read an answer
//          may still be written
// Threads  the socket's executor; at most one operation at a time
// Owns     the socket. It may be destroyed between operations only
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "net/asio.hpp"

namespace reprise {

class timed_socket {
 public:
  using moment = std::chrono::steady_clock::time_point;

  explicit timed_socket(net::ip::tcp::socket connected);

  // How many bytes came; none at the end of the stream, on an error, or when it is late.
  [[nodiscard]] net::awaitable<std::size_t> read_some(std::span<char> into, moment deadline);
  // Whether all was taken. Each step of progress gets `stall_max` anew.
  [[nodiscard]] net::awaitable<bool> write(std::string_view bytes,
                                           std::chrono::milliseconds stall_max);
  [[nodiscard]] bool was_late() const noexcept;

  // `gone` is called when the peer closes its side or resets, and not after stop_watching(). Bytes
  // that arrive end the watch: what is behind them is seen only when they are read.
  void watch_for_close(std::function<void()> gone);
  void stop_watching();

  // The socket, for who speaks something else on it. What is left is closed.
  [[nodiscard]] net::ip::tcp::socket release();

  void shutdown_send();
  void close();  // what waits, ends

 private:
  struct state;
  class deadline_guard;

  std::shared_ptr<state> state_;  // shared with handlers of timers that are on their way
};

}  // namespace reprise
