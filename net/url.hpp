// URLs of sources and sinks, taken apart and held to what this service asks of them.
//
// Shapes   http or https, no userinfo, no fragment, at most url_bytes_max; a host is a name of
//          letters, digits, '.', '-' and '_', an IPv4 literal, or an IPv6 literal in brackets
//          without a zone; a port is 1 to 65535
// Errors   url_invalid: what is wrong, in words that do not repeat the URL (it may hold secrets)
// Threads  pure
// Source   RFC 3986; bad input, URLs: docs/design.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t url_bytes_max = 2'048;

struct checked_url {
  bool tls = false;
  std::string host;  // lower case; of an IPv6 literal without its brackets
  std::uint16_t port = 80;
  std::string authority;  // as the Host header wants it: brackets, and the port unless the default
  std::string target;     // path and query, encoded as they came; at least "/"
};

[[nodiscard]] outcome<checked_url> parse_url(std::string_view text);

}  // namespace reprise
