#include "net/listen_address.hpp"

#include "host/number.hpp"
#include "host/printable.hpp"

namespace reprise {

outcome<net::ip::tcp::endpoint> parse_listen_address(std::string_view text) {
  const failure refused{
      errc::configuration_invalid,
      printable(text) + ": must be ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080"};
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return refused;
  const std::string_view digits = text.substr(colon + 1);
  const auto port = parse_integer(digits);
  if (!port || digits[0] == '-' || *port > 65'535) return refused;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  error_code error;
  const net::ip::address address = net::ip::make_address(host, error);
  if (error || address.is_v6() != bracketed) return refused;
  return net::ip::tcp::endpoint{address, static_cast<std::uint16_t>(*port)};
}

std::string to_text(const net::ip::tcp::endpoint& endpoint) {
  std::string text = endpoint.address().to_string();
  if (endpoint.address().is_v6()) text.insert(0, 1, '[') += ']';
  return (text += ':') += std::to_string(endpoint.port());
}

net::ip::address unmapped(const net::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
}

}  // namespace reprise
