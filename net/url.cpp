#include "net/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/url.hpp>

#include "net/http_text.hpp"

namespace reprise {
namespace {

namespace urls = boost::urls;

constexpr std::size_t name_bytes_max = 253;  // RFC 1035, without the last dot
constexpr std::size_t label_bytes_max = 63;
constexpr std::uint16_t port_http = 80, port_https = 443;

failure invalid(std::string_view what) {
  return {errc::url_invalid, std::string{what}};
}

bool is_label(std::string_view label) {
  const auto allowed = [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '-' ||
           each == '_';
  };
  return !label.empty() && label.size() <= label_bytes_max &&
         std::all_of(label.begin(), label.end(), allowed);
}

// Numbers in strange spellings ("127.1", "0x7f.1") pass: the address that they are is judged.
bool is_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > name_bytes_max) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::optional<std::string> read_host(const urls::url_view& url) {
  const std::string written = lower_case(static_cast<std::string_view>(url.encoded_host()));
  switch (url.host_type()) {
    case urls::host_type::ipv4:
      return written;
    case urls::host_type::ipv6:
      if (written.find('%') != std::string::npos) return {};
      return written.substr(1, written.size() - 2);
    case urls::host_type::name:
      if (is_host_name(written)) return written;
      return {};
    default:
      return {};
  }
}

}  // namespace

outcome<checked_url> parse_url(std::string_view text) {
  if (text.size() > url_bytes_max) {
    return invalid("the URL is over " + std::to_string(url_bytes_max) + " characters");
  }
  const auto parsed = urls::parse_uri(text);
  if (!parsed) return invalid("this is no URL: it must begin with http:// or https://");
  const urls::url_view url = *parsed;
  checked_url made;
  made.tls = url.scheme_id() == urls::scheme::https;
  if (!made.tls && url.scheme_id() != urls::scheme::http) {
    return invalid("the URL's scheme must be http or https");
  }
  if (url.has_userinfo()) {
    return invalid("the URL holds a user name: credentials belong into headers");
  }
  if (url.has_fragment()) return invalid("the URL holds a fragment (#)");
  auto host = read_host(url);
  if (!url.has_authority() || !host) {
    return invalid("the URL's host must be a name, an IPv4 address or an IPv6 address in brackets");
  }
  made.host = std::move(*host);

  // Boost 1.81 takes what follows a port that is no number for a path.
  const std::string_view path = url.encoded_path();
  if (!path.empty() && path.front() != '/') return invalid("the URL's port must be 1 to 65535");

  const std::uint16_t usual = made.tls ? port_https : port_http;
  made.port = usual;
  const std::string_view port = url.port();
  if (!port.empty()) {
    const auto read = std::from_chars(port.data(), port.data() + port.size(), made.port);
    if (read.ec != std::errc{} || made.port == 0) {
      return invalid("the URL's port must be 1 to 65535");
    }
  }
  made.authority = made.host;
  if (url.host_type() == urls::host_type::ipv6) made.authority.insert(0, 1, '[').push_back(']');
  if (made.port != usual) made.authority.append(":").append(std::to_string(made.port));
  made.target = path.empty() ? "/" : std::string{path};
  if (url.has_query()) {
    made.target += '?';
    made.target += static_cast<std::string_view>(url.encoded_query());
  }
  return made;
}

}  // namespace reprise
