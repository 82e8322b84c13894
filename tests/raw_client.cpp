#include "tests/raw_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr ::timeval patience{60, 0};  // a hang, not a slow machine

::sockaddr_in loopback_address(std::uint8_t last, std::uint16_t port) {
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl((INADDR_LOOPBACK & 0xffffff00U) | last);
  return address;
}

}  // namespace

raw_client::raw_client(std::uint16_t port, int receive_bytes)
    : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
  REPRISE_ASSERT(socket_ >= 0);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int no_delay = 1;  // small pieces go out as they are
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
  if (receive_bytes > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  if (port != 0) connect(port);
}

raw_client::~raw_client() {
  ::close(socket_);
}

void raw_client::connect(std::uint16_t port) {
  const auto address = loopback_address(1, port);
  REPRISE_ASSERT(
      ::connect(socket_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
}

void raw_client::connect_from(std::uint8_t own, std::uint16_t port) {
  const auto address = loopback_address(own, 0);
  REPRISE_ASSERT(::bind(socket_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) ==
                 0);
  connect(port);
}

bool raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void raw_client::end_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void raw_client::reset() {
  const ::linger abrupt{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
  ::close(std::exchange(socket_, -1));
}

bool raw_client::fill() {
  char bytes[4096];
  const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    ADD_FAILURE() << "the server neither answered nor closed";
  }
  if (count <= 0) return false;
  pending_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::string raw_client::line() {
  std::size_t end = 0;
  while ((end = pending_.find('\n')) == std::string::npos) {
    if (!fill()) return std::exchange(pending_, {});
  }
  std::string found = pending_.substr(0, end);
  pending_.erase(0, end + 1);
  if (found.ends_with('\r')) found.pop_back();
  return found;
}

std::string raw_client::some(std::size_t count) {
  while (pending_.size() < count && fill()) {
  }
  std::string found = pending_.substr(0, count);
  pending_.erase(0, found.size());
  return found;
}

raw_answer raw_client::answer(bool without_body) {
  raw_answer read;
  const std::string status = line();
  if (!status.starts_with("HTTP/1.1 ") || status.size() < 12) return read;
  read.status = std::stoi(status.substr(9, 3));
  for (std::string field = line(); !field.empty(); field = line()) {
    const std::size_t colon = field.find(": ");
    EXPECT_NE(colon, std::string::npos) << field;
    std::string name = field.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
    EXPECT_TRUE(read.headers.emplace(name, field.substr(colon + 2)).second) << "twice: " << name;
  }
  if (without_body || read.status == 100 || read.status == 204) {
    read.whole = true;
  } else if (read.headers.contains("content-length")) {
    const std::size_t length = std::stoul(read.header("content-length"));
    read.body = some(length);
    read.whole = read.body.size() == length;
  } else if (read.header("transfer-encoding") == "chunked") {
    for (;;) {
      const std::string size = line();
      if (size.empty()) break;
      const std::size_t length = std::stoul(size, nullptr, 16);
      const std::string chunk = some(length);
      read.body += chunk;
      if (chunk.size() < length || !line().empty()) break;
      if (length == 0) read.whole = true;
      if (length == 0) break;
    }
  } else {
    while (fill()) {
    }
    read.body = std::exchange(pending_, {});
    read.whole = true;
  }
  return read;
}

bool raw_client::ends() {
  if (pending_.empty()) fill();
  return pending_.empty();
}

}  // namespace reprise
