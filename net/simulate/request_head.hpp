// The head of an HTTP/1.1 request as the simulator's servers read it: strictly, and only what they
// need. They write their answers byte by byte, as they must be able to write wrong ones.
//
// Shapes   `text` ends with the empty line; names of headers in lower case
// Errors   nothing where the text is no such request
// Threads  pure
// Source   RFC 9112
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/channel_settings.hpp"

namespace reprise {

inline constexpr std::size_t request_head_bytes_max = 8 * 1024;

struct request_head {
  std::string method;
  std::string target;
  std::vector<header_field> headers;
  std::size_t content_length = 0;  // 0 without the header
  bool keep_alive = true;

  [[nodiscard]] std::string_view header(std::string_view lower_name) const;  // empty: none
};

[[nodiscard]] std::optional<request_head> parse_request_head(std::string_view text);

// A whole answer; `headers` are lines that end with CR LF.
[[nodiscard]] std::string http_answer(unsigned status, std::string_view body,
                                      std::string_view headers = {});

}  // namespace reprise
