// A source or sink on loopback for tests of the real service: a function answers each request.
//
// Errors   asserted: it can listen
// Threads  its own for the answers; the rest: any
// Owns     its sockets and its thread
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/simulate/request_head.hpp"

namespace reprise {

struct peer_request {
  simulate::request_head head;
  std::string body;
};

class test_peer {
 public:
  // The bytes of an answer; none: the request hangs.
  using answerer = std::function<std::string(const peer_request&)>;

  explicit test_peer(answerer answer);
  explicit test_peer(const std::string& answer);  // to all
  ~test_peer();
  test_peer(const test_peer&) = delete;
  test_peer& operator=(const test_peer&) = delete;

  [[nodiscard]] std::string url(const std::string& target = "/") const;
  [[nodiscard]] std::vector<peer_request> requests() const;  // so far

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace reprise
