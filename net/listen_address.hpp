// "ADDRESS:PORT" as the configuration and --listen give it.
//
// Shapes   "127.0.0.1:8080", "[::1]:8080"; a number, no name: a name may mean several addresses.
//          Port 0 lets the system choose
// Errors   configuration_invalid with what is expected
// Threads  pure
#pragma once

#include <string>
#include <string_view>

#include "host/failure.hpp"
#include "net/asio.hpp"

namespace reprise {

[[nodiscard]] outcome<net::ip::tcp::endpoint> parse_listen_address(std::string_view text);
[[nodiscard]] std::string to_text(const net::ip::tcp::endpoint& endpoint);
// With ::ffff:127.0.0.1 taken for what it is.
[[nodiscard]] net::ip::address unmapped(const net::ip::address& address);

}  // namespace reprise
