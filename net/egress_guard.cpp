#include "net/egress_guard.hpp"

#include <algorithm>
#include <array>

#include "host/number.hpp"
#include "host/printable.hpp"

namespace reprise {
namespace {

using net::ip::address_v6;

constexpr unsigned mapped_bits = 96;  // ::ffff:0:0/96 stands before an IPv4 address
constexpr std::string_view mapped_name = "::ffff:0:0/96";

address_v6 widened(const net::ip::address& address) {
  if (address.is_v6()) return address.to_v6();
  return net::ip::make_address_v6(net::ip::v4_mapped, address.to_v4());
}

// ::/0 is every IPv6 network, and no IPv4 one.
bool contains(const address_block& block, const address_v6& address) {
  const bool of_v4 = block.prefix_bits >= mapped_bits && block.first.is_v4_mapped();
  if (address.is_v4_mapped() != of_v4) return false;
  const auto left = block.first.to_bytes(), right = address.to_bytes();
  const std::size_t whole = block.prefix_bits / 8, rest = block.prefix_bits % 8;
  if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(whole), right.begin())) {
    return false;
  }
  if (rest == 0) return true;
  return ((left[whole] ^ right[whole]) >> (8 - rest)) == 0;
}

// "10.0.0.0/8" or a single address. What lies behind the prefix need not be zero: it is ignored.
std::optional<address_block> read_block(std::string_view text) {
  const std::size_t slash = text.find('/');
  error_code failed;
  const auto address = net::ip::make_address(std::string{text.substr(0, slash)}, failed);
  if (failed || (address.is_v6() && address.to_v6().scope_id() != 0)) return {};
  const unsigned width = address.is_v4() ? 32 : 128;
  std::int64_t bits = width;
  if (slash != std::string_view::npos) {
    const auto read = parse_integer(text.substr(slash + 1));
    if (!read || *read < 0 || *read > width) return {};
    bits = *read;
  }
  return address_block{{}, widened(address), static_cast<unsigned>(bits) + (128 - width)};
}

address_block denied(std::string_view name) {
  address_block made = read_block(name).value();
  made.name = name;
  return made;
}

}  // namespace

std::span<const address_block> denied_blocks() {
  static const std::array blocks{
      denied("0.0.0.0/8"),      denied("10.0.0.0/8"),     denied("100.64.0.0/10"),
      denied("127.0.0.0/8"),    denied("169.254.0.0/16"), denied("172.16.0.0/12"),
      denied("192.0.0.0/24"),   denied("192.0.2.0/24"),   denied("192.88.99.0/24"),
      denied("192.168.0.0/16"), denied("198.18.0.0/15"),  denied("198.51.100.0/24"),
      denied("203.0.113.0/24"), denied("224.0.0.0/4"),    denied("240.0.0.0/4"),
      denied("::/128"),         denied("::1/128"),        denied("64:ff9b::/96"),
      denied("64:ff9b:1::/48"), denied("100::/64"),       denied("2001::/32"),
      denied("2001:db8::/32"),  denied("2002::/16"),      denied("fc00::/7"),
      denied("fe80::/10"),      denied("fec0::/10"),      denied("ff00::/8"),
  };
  return blocks;
}

net::ip::address unmapped(const net::ip::address& address) {
  if (address.is_v4() || !address.to_v6().is_v4_mapped()) return address;
  return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
}

outcome<egress_guard> egress_guard::make(std::span<const std::string> allowed) {
  if (allowed.size() > egress_networks_max) {
    return failure{errc::configuration_invalid,
                   "egress.allow: at most " + std::to_string(egress_networks_max) + " networks"};
  }
  egress_guard made;
  for (const std::string& text : allowed) {
    const auto block = read_block(text);
    if (!block) {
      return failure{errc::configuration_invalid,
                     "egress.allow: \"" + printable(text) +
                         "\" is no network: write for example 10.1.0.0/16 or ::1/128"};
    }
    made.allowed_.push_back(*block);
  }
  return made;
}

std::string_view egress_guard::judge(const net::ip::address& address) const {
  const address_v6 wide = widened(address);
  const auto holds = [&](const address_block& block) { return contains(block, wide); };
  if (std::any_of(allowed_.begin(), allowed_.end(), holds)) return {};
  const auto blocks = denied_blocks();
  const auto found = std::find_if(blocks.begin(), blocks.end(), holds);
  if (found != blocks.end()) return found->name;
  // No public host needs the disguise, so even a public address in it is refused.
  const bool disguised = address.is_v6() && address.to_v6().is_v4_mapped();
  return disguised ? mapped_name : std::string_view{};
}

std::string_view egress_guard::judge_all(std::span<const net::ip::address> answers) const {
  for (const net::ip::address& answer : answers) {
    if (const auto verdict = judge(answer); !verdict.empty()) return verdict;
  }
  return {};
}

}  // namespace reprise
