// A multipart/form-data body, read strictly: bytes in, events out.
//
// Shapes   take() may be given pieces of any size: but for how data is cut, the events are the
//          same. The body begins with its boundary and ends with the last one, a CRLF behind it
//          allowed: who sends forms sends neither a preamble nor an epilogue
// Errors   400 bad_multipart, as http_refusal, and nothing is taken after it: framing, over
//          parts_max parts, heads over their bounds, no name, a multipart in a part, a transfer
//          encoding, and by end() a form that is not closed. Events before it are given
// Threads  one
// Owns     a head, or data that may be the begin of a boundary
// Source   RFC 7578, RFC 2046 section 5.1; how browsers write names: the HTML standard, "multipart
//          form data"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_request_head.hpp"

namespace reprise {

struct multipart_part {
  std::string name;
  std::optional<std::string> filename;  // there for files; as it came, so never to be a path
  std::string content_type;             // lower case, without parameters; empty where none is said
};

struct multipart_event {
  enum class kind { part_begun, data, part_ended, all_ended };

  kind what;
  multipart_part part = {};  // of part_begun
  std::string data = {};     // not empty in data
};

// Of a Content-Type: nothing where it is no multipart/form-data or has no boundary that can be one.
[[nodiscard]] std::optional<std::string> multipart_boundary(std::string_view content_type);

class multipart_reader {
 public:
  static constexpr std::size_t parts_max = 8;
  static constexpr std::size_t head_bytes_max = 8192;  // of a part
  static constexpr std::size_t fields_max = 16;        // likewise

  explicit multipart_reader(std::string_view boundary) : delimiter_{"\r\n--"} {
    delimiter_ += boundary;
  }

  [[nodiscard]] std::vector<multipart_event> take(std::string_view bytes);
  void end();  // no more bytes come
  [[nodiscard]] reading state() const noexcept { return state_; }
  [[nodiscard]] const http_refusal& refusal() const noexcept { return refusal_; }

 private:
  enum class step { opening, delimiter_end, fields, data, closed };
  using events = std::vector<multipart_event>;

  // Whether there is more to do with what is in the buffer.
  bool advance(events& into);
  bool read_opening();
  bool read_delimiter_end(events& into);
  bool read_line(events& into);
  bool read_data(events& into);
  bool read_closed();
  void read_field(std::string_view line);
  void read_disposition(std::string_view value);
  void read_type(std::string_view value);
  void begin_part(events& into);
  bool refuse(std::string detail);

  std::string delimiter_;  // CRLF, two dashes, the boundary
  std::string buffer_;
  step step_ = step::opening;
  reading state_ = reading::more;
  http_refusal refusal_;
  std::size_t parts_ = 0;
  multipart_part part_;  // its head is being read
  std::size_t head_bytes_ = 0;
  std::size_t fields_ = 0;
  bool has_disposition_ = false;
  bool has_type_ = false;
  bool has_encoding_ = false;
};

}  // namespace reprise
