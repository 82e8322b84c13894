// The head of one HTTP/1.1 request, read strictly: bytes in, a decision out, no sockets.
//
// Written here and not taken from Beast, because whatever Beast lets pass (obs-fold, bare LF, a
// missing or double Host, odd framing) would have to be found again behind it, and what two
// programs understand in two ways is how requests are smuggled. So the server needs no Beast.
//
// Shapes   take() may be given pieces of any size: the result is the same
// Errors   a refusal has the status and code to answer with. After it, or once the head is done,
//          take() takes nothing more
// Threads  one
// Owns     what was read, bounded by the limits
// Source   RFC 9112, RFC 3986; bad input, docs/design.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/channel_settings.hpp"
#include "net/http_limits.hpp"

namespace reprise {

// The connection is closed behind it, unless nothing of the request is left unread.
struct http_refusal {
  unsigned status = 400;
  std::string_view code = "bad_request";  // of static storage
  std::string detail;
};

enum class reading { more, done, refused };

enum class body_framing { none, length, chunked };

struct request_head {
  std::string method;
  std::string path;                                        // as it came, without the query
  std::vector<std::string> segments;                       // of the path, decoded: "/a/b" has two
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::vector<header_field> headers;
  bool old_version = false;  // HTTP/1.0: no chunks, no keep-alive
  bool keep_alive = true;
  bool expects_continue = false;
  body_framing framing = body_framing::none;
  std::uint64_t content_length = 0;

  [[nodiscard]] bool has_body() const noexcept {
    return framing == body_framing::chunked || content_length > 0;
  }
};

class request_head_reader {
 public:
  explicit request_head_reader(const http_limits& limits) : limits_{limits} {}

  // How many of the bytes belong to this head.
  std::size_t take(std::string_view bytes);
  [[nodiscard]] reading state() const noexcept { return state_; }
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  [[nodiscard]] request_head& head() noexcept { return head_; }                    // done
  [[nodiscard]] const http_refusal& refusal() const noexcept { return refusal_; }  // refused

 private:
  void take_byte(char byte);
  void check_room();
  void end_line();
  void read_request_line();
  void read_target(std::string_view target);
  void read_path();
  void read_query(std::string_view query);
  void read_field();
  void check_head();
  void check_host();
  void check_framing();
  void check_connection();
  void refuse(unsigned status, std::string_view code, std::string detail);
  void refuse(std::string detail) { refuse(400, "bad_request", std::move(detail)); }
  void refuse_framing(std::string detail) { refuse(400, "bad_framing", std::move(detail)); }

  const http_limits& limits_;
  request_head head_;
  http_refusal refusal_;
  reading state_ = reading::more;
  std::string line_;
  std::size_t field_bytes_ = 0;
  bool begun_ = false;
  bool skipped_line_ = false;
  bool in_fields_ = false;
  bool after_cr_ = false;
};

}  // namespace reprise
