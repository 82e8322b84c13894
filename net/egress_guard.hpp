// Which addresses may be asked or posted to: public ones, and those that the configuration allows.
//
// Shapes   an IPv4 address inside an IPv6 one (::ffff:a.b.c.d) is judged as the IPv4 address it is;
//          only networks written as IPv4 ones, or inside ::ffff:0:0/96, hold IPv4 addresses
// Errors   make: configuration_invalid, naming the network that cannot be read
// Threads  immutable once made
// Source   security, docs/design.md; RFC 6890 and the IANA special-purpose registries
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/failure.hpp"
#include "net/asio.hpp"

namespace reprise {

inline constexpr std::size_t egress_networks_max = 1'024;

struct address_block {
  std::string_view name;      // "10.0.0.0/8"
  net::ip::address_v6 first;  // IPv4 mapped into ::ffff:0:0/96
  unsigned prefix_bits = 128;
};

// All that is denied unless it is allowed by the configuration.
[[nodiscard]] std::span<const address_block> denied_blocks();

class egress_guard {
 public:
  egress_guard() = default;  // public addresses alone
  // Networks ("127.0.0.0/8", "::1/128") and single addresses.
  [[nodiscard]] static outcome<egress_guard> make(std::span<const std::string> allowed);

  // Empty: allowed. Else the name of the block that forbids it.
  [[nodiscard]] std::string_view judge(const net::ip::address& address) const;
  // All answers of a name must be allowed: the first verdict that is not.
  [[nodiscard]] std::string_view judge_all(std::span<const net::ip::address> answers) const;

 private:
  std::vector<address_block> allowed_;
};

// The address that a packet to this one goes to: IPv4 where it is an IPv4 one in disguise.
[[nodiscard]] net::ip::address unmapped(const net::ip::address& address);

}  // namespace reprise
