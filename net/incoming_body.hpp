// The body of one request as it comes from its connection: whole, or piece by piece.
//
// Shapes   a piece is what one read of the socket brought
// Errors   refusal(), once the body cannot be good any more: 400 bad_framing (it also broke off),
//          408, 413, 503 where there is no room for it
// Threads  the API's executor; one next() at a time
// Owns     what was read of it and not given away: as long as the next piece is not asked for, the
//          last one is counted, too
// Source   RFC 9110 section 10.1.1; bad input, docs/design.md
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "net/api_types.hpp"
#include "net/body_share.hpp"
#include "net/http_body.hpp"
#include "net/http_limits.hpp"
#include "net/session_input.hpp"

namespace reprise {

class incoming_body final : public request_body {
 public:
  struct connection {
    timed_socket& socket;
    session_input& input;
    const http_limits& limits;
    std::size_t& bodies_bytes;  // of all requests
  };
  incoming_body(connection from, const request_head& head, std::uint64_t bytes_max);

  net::awaitable<outcome<std::optional<std::string>>> next() override;
  // All of it: as much as there was when refusal() says why no more.
  [[nodiscard]] net::awaitable<std::string> whole();

  [[nodiscard]] bool is_done() const noexcept { return reader_.state() == reading::done; }
  [[nodiscard]] const std::optional<http_refusal>& refusal() const noexcept { return refusal_; }

 private:
  net::awaitable<void> read_some();
  net::awaitable<void> wait_for_bytes();
  void hold(std::size_t bytes);
  [[nodiscard]] failure broken() const;

  connection from_;
  http_body_reader reader_;
  body_share share_;
  std::optional<http_refusal> refusal_;
  std::chrono::steady_clock::duration waited_{0};  // for the client, not for the handler
  bool awaits_continue_;
};

}  // namespace reprise
