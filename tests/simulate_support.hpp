// What tests of the simulator share: a clock that stands, a server's thread, and a client that
// writes and reads plain bytes.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>

#include "host/clock.hpp"
#include "net/asio.hpp"
#include "net/simulate/network_thread.hpp"

namespace reprise {

class standing_clock final : public clock_source {
 public:
  explicit standing_clock(std::int64_t tick) { set(tick, 0); }
  void set(std::int64_t tick, std::int64_t milliseconds) {
    now_ns_ = (tick * 1'000 + milliseconds) * 1'000'000;
  }
  [[nodiscard]] wall_time wall() const noexcept override {
    return wall_time{std::chrono::nanoseconds{now_ns_}};
  }
  [[nodiscard]] steady_time steady() const noexcept override {
    return steady_time{std::chrono::nanoseconds{now_ns_}};
  }

 private:
  std::atomic<std::int64_t> now_ns_{0};
};

// A blocking connection; a read that gets nothing for 20 s ends as one that failed.
class byte_client {
 public:
  explicit byte_client(const net::ip::tcp::endpoint& to)
      : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    const ::timeval longest{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    connected_ = ::connect(socket_, to.data(), static_cast<socklen_t>(to.size())) == 0;
  }
  ~byte_client() { ::close(socket_); }
  byte_client(const byte_client&) = delete;
  byte_client& operator=(const byte_client&) = delete;

  bool send(const std::string& bytes) {
    return connected_ && ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                             static_cast<ssize_t>(bytes.size());
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  // All bytes up to the end; error() is 0 there, else the system's number.
  std::string read_all() {
    std::string all;
    while (read_some(all)) {
    }
    return all;
  }
  // One answer with Content-Length, or what came before the end.
  std::string read_answer() {
    for (;;) {
      const std::size_t head = held_.find("\r\n\r\n");
      const std::size_t field = held_.find("Content-Length: ");
      if (head != std::string::npos && field < head) {
        const std::size_t size = head + 4 + std::stoul(held_.substr(field + 16));
        if (held_.size() >= size) {
          std::string answer = held_.substr(0, size);
          held_.erase(0, size);
          return answer;
        }
      }
      if (!read_some(held_)) return std::move(held_);
    }
  }
  [[nodiscard]] int error() const { return error_; }

 private:
  bool read_some(std::string& into) {
    std::array<char, 65'536> piece;
    const ssize_t read = ::recv(socket_, piece.data(), piece.size(), 0);
    error_ = read < 0 ? errno : 0;
    if (read <= 0) return false;
    into.append(piece.data(), static_cast<std::size_t>(read));
    return true;
  }

  int socket_;
  bool connected_ = false;
  std::string held_;
  int error_ = 0;
};

// Of an answer: its head, its body, the value of a header ("" without it), its status.
inline std::string head_of(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n\r\n") + 2);
}
inline std::string body_of(const std::string& answer) {
  const std::size_t head = answer.find("\r\n\r\n");
  return head == std::string::npos ? "" : answer.substr(head + 4);
}
inline std::string header_of(const std::string& answer, const std::string& name) {
  const std::string head = head_of(answer);
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t value = at + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}
inline std::string status_of(const std::string& answer) {
  return answer.size() < 12 ? "" : answer.substr(9, 3);
}

}  // namespace reprise
