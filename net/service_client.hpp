// What asks other servers on one scheduler: names looked up, addresses judged, and the HTTP client
// over them.
//
// Errors   make and reload: configuration_invalid for a network or the authorities; make: io_failed
//          where TLS cannot be set up. A reload that fails changes nothing
// Threads  made and destroyed while the scheduler's tasks do not run, or in one of them; the rest
//          there
// Owns     lookups, names and client; `io` and `core` outlive it
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http_client.hpp"
#include "net/name_lookup.hpp"
#include "net/resolver.hpp"

namespace reprise {

// What sources and sinks may have of the files that this process may open: the API needs its
// connections, too.
[[nodiscard]] std::size_t connections_allowed();

struct service_client_options {
  std::vector<std::string> allow = {};  // networks besides public ones
  http_client_options client = {};
  std::size_t lookups = lookup_threads;
};

class service_client {
 public:
  [[nodiscard]] static outcome<std::unique_ptr<service_client>> make(
      net::io_context& io, scheduler& core, service_client_options options);

  [[nodiscard]] http_exchange& exchange() noexcept { return *client_; }
  [[nodiscard]] resolver& names() noexcept { return names_; }
  [[nodiscard]] outcome<void> reload(const std::vector<std::string>& allow,
                                     const std::string& ca_file);
  void write_metrics(metric_writer& into) const;

 private:
  service_client(scheduler& core, const egress_guard& guard, std::size_t lookups);

  std::unique_ptr<name_lookup> lookup_;
  resolver names_;
  std::unique_ptr<http_client> client_;
};

}  // namespace reprise
