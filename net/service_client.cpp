#include "net/service_client.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace reprise {

std::size_t connections_allowed() {
  constexpr std::size_t api_files = 1'024 + 128;
  ::rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return api_files;
  const auto allowed = static_cast<std::size_t>(std::min<::rlim_t>(files.rlim_cur, 1U << 16));
  return allowed > 2 * api_files ? allowed - api_files : allowed / 2;
}

service_client::service_client(scheduler& core, const egress_guard& guard, std::size_t lookups)
    : lookup_{make_system_lookup(core, lookups)}, names_{core, *lookup_, guard} {}

outcome<std::unique_ptr<service_client>> service_client::make(net::io_context& io, scheduler& core,
                                                              service_client_options options) {
  const auto guard = egress_guard::make(options.allow);
  if (!guard) return guard.error();
  std::unique_ptr<service_client> made{new service_client{core, *guard, options.lookups}};
  auto client = make_http_client(io, core, made->names_, std::move(options.client));
  if (!client) return client.error();
  made->client_ = std::move(*client);
  return made;
}

outcome<void> service_client::reload(const std::vector<std::string>& allow,
                                     const std::string& ca_file) {
  const auto guard = egress_guard::make(allow);
  if (!guard) return guard.error();
  if (auto loaded = client_->reload(ca_file); !loaded) return loaded;
  names_.reload(*guard);
  return {};
}

void service_client::write_metrics(metric_writer& into) const {
  client_->write_metrics(into);
  names_.write_metrics(into);
}

}  // namespace reprise
