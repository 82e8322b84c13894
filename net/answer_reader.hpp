// Reads one HTTP answer, bytes in and answer out, without a socket: strict, and never more than
// `bytes_max` bytes, counted raw (headers, chunk sizes and extensions, trailers and all).
//
// Shapes   HTTP/1.0 and 1.1; at most one 1xx before the answer; no content encoding, no transfer
//          encoding but chunked
// Errors   framing, too_large, connect (closed early), as net/http_exchange.hpp
// Threads  one
// Owns     its buffer: room() is valid until the next call
// Source   RFC 9110, RFC 9112; faults, sources: docs/design.md
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "net/http_exchange.hpp"

namespace reprise {

class answer_reader {
 public:
  enum class state { more, done, failed };

  // Without `body_wanted` the status counts and the body does not: one that is too large or encoded
  // is given up, not a failure.
  explicit answer_reader(bool body_wanted, std::size_t bytes_max = exchange_bytes_max);
  ~answer_reader();
  answer_reader(const answer_reader&) = delete;
  answer_reader& operator=(const answer_reader&) = delete;

  // Where the next bytes go; empty only after the end.
  [[nodiscard]] std::span<char> room() noexcept;
  state take(std::size_t count);  // so many bytes have come into room()
  state close();                  // the peer has closed in good order
  [[nodiscard]] bool begun() const noexcept;

  // Once done. `received` is the caller's to set.
  [[nodiscard]] exchange_answer answer() const;
  [[nodiscard]] bool keeps_alive() const noexcept;
  // Once failed.
  [[nodiscard]] const exchange_failure& failed() const noexcept;

 private:
  struct parts;
  state advance();
  state read_head(std::string_view head);
  state fail(gap_reason reason, std::string_view what);
  state give_up_body(std::string_view what);

  std::unique_ptr<parts> parts_;
};

}  // namespace reprise
