// Where the service listens: "127.0.0.1:8080", "[::1]:8080"; port 0 lets the system choose.
//
// Errors   nothing where the text is none; names are none: only addresses are
// Threads  pure
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise {

struct listen_address {
  std::string address;  // without brackets
  std::uint16_t port = 0;
  bool loopback = false;
};

[[nodiscard]] std::optional<listen_address> parse_listen_address(std::string_view text);

}  // namespace reprise
