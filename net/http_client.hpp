// Exchanges over the network: HTTP/1.1 and HTTPS to addresses that the egress guard allows, on
// connections that are kept.
//
// Shapes   connects to exactly the address that was judged; one deadline from the name lookup to
//          the last byte; no redirects, no proxies, no cookies, no compression
// Errors   as net/http_exchange.hpp: timeout, connect, dns, blocked, tls, framing, too_large, and
//          overload where connections, file descriptors or ports have run out. A status is an
//          answer, whatever it says
// Threads  the core executor, which runs `io`
// Owns     its connections. `core`, `names` and `io` outlive it; exchanges under way when it is
//          destroyed never call `done`
// Source   faults, egress: docs/design.md; RFC 9112
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "host/executor.hpp"
#include "host/failure.hpp"
#include "host/metrics.hpp"
#include "net/asio.hpp"
#include "net/http_exchange.hpp"
#include "net/resolver.hpp"

namespace reprise {

inline constexpr std::size_t files_reserved = 64;  // file descriptors that no connection may take

struct http_client_options {
  std::string ca_file;                   // authorities besides the system's, PEM; empty: none
  std::size_t connections_max = 16'384;  // less where the process may not open that many files
  std::size_t idle_host_max = 4'096;     // kept to one host and port
  std::chrono::milliseconds idle_for{15'000};
};

class http_client : public http_exchange {
 public:
  // Authorities are read anew and kept connections closed; a failure changes nothing. The allow
  // list is the resolver's: resolver::reload().
  [[nodiscard]] virtual outcome<void> reload(const std::string& ca_file) = 0;
  virtual void write_metrics(metric_writer& into) const = 0;
};

// Errors: configuration_invalid for ca_file, io_failed where TLS cannot be set up.
[[nodiscard]] outcome<std::unique_ptr<http_client>> make_http_client(
    net::io_context& io, scheduler& core, resolver& names, http_client_options options = {});

}  // namespace reprise
