#include "net/listen_address.hpp"

#include "host/number.hpp"
#include "net/asio.hpp"

namespace reprise {

std::optional<listen_address> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto port = parse_integer(digits);
  if (!port || *port < 0 || *port > UINT16_MAX || digits.starts_with('-')) return {};
  error_code failed;
  const net::ip::address address = net::ip::make_address(std::string{host}, failed);
  if (failed || address.is_v6() != bracketed) return {};
  const bool loopback =
      address.is_loopback() ||
      (address.is_v6() && address.to_v6().is_v4_mapped() &&
       net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()).is_loopback());
  return listen_address{std::string{host}, static_cast<std::uint16_t>(*port), loopback};
}

}  // namespace reprise
