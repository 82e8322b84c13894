// The body of one HTTP/1.1 request, by its length or in chunks, read strictly: bytes in, a decision
// out.
//
// Shapes   take() may be given pieces of any size: the result is the same. Chunk extensions and
//          trailers are refused: nobody sends them to us but who tries how we read them
// Errors   400 bad_framing, 413 body_too_large, as http_refusal; a length over the bound is refused
//          before any byte
// Threads  one
// Owns     what was read and not released, bytes_max at most
// Source   RFC 9112 sections 6 and 7
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "net/http_request_head.hpp"

namespace reprise {

class http_body_reader {
 public:
  http_body_reader(body_framing framing, std::uint64_t length, std::size_t bytes_max);

  // How many of the bytes belong to this body.
  std::size_t take(std::string_view bytes);
  [[nodiscard]] reading state() const noexcept { return state_; }
  [[nodiscard]] std::string& body() noexcept { return body_; }
  // What came since the last release: for who does not want the whole at once.
  [[nodiscard]] std::string release() { return std::exchange(body_, {}); }
  // Of the body, without its framing and whether released or not.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] const http_refusal& refusal() const noexcept { return refusal_; }

 private:
  enum class step { first_digit, digits, size_lf, data, data_cr, data_lf, end_cr, end_lf };

  void take_byte(char byte);
  void take_digit(char byte);
  void expect(char byte, char wanted, step next, std::string_view what);
  void refuse(unsigned status, std::string_view code, std::string detail);

  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  reading state_ = reading::more;
  step step_ = step::data;
  bool chunked_ = false;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::size_t digits_ = 0;
  std::string body_;
  http_refusal refusal_;
};

}  // namespace reprise
