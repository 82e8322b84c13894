// What a client sends on one connection: read within deadlines, taken by whoever understands it.
//
// Threads  the socket's executor; one fill() at a time
// Owns     a read buffer; the socket outlives it
#pragma once

#include <array>
#include <string_view>

#include "net/timed_socket.hpp"

namespace reprise {

class session_input {
 public:
  explicit session_input(timed_socket& from) : socket_{from} {}
  session_input(const session_input&) = delete;
  session_input& operator=(const session_input&) = delete;

  // Reads in place of what is pending: whether anything came.
  [[nodiscard]] net::awaitable<bool> fill(timed_socket::moment deadline);
  // Read and not yet taken.
  [[nodiscard]] std::string_view pending() const noexcept { return pending_; }
  void take(std::size_t bytes) { pending_.remove_prefix(bytes); }

 private:
  timed_socket& socket_;
  std::array<char, 16'384> buffer_;
  std::string_view pending_;
};

}  // namespace reprise
