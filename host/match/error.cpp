#include "host/match/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace reprise {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "reprise: broken invariant at %s:%d: %s\n", file, line, condition);
  std::abort();
}

std::string_view to_string(errc code) noexcept {
  switch (code) {
    case errc::fingerprint_malformed:
      return "fingerprint_malformed";
    case errc::time_not_increasing:
      return "time_not_increasing";
    case errc::channel_unknown:
      return "channel_unknown";
    case errc::parameter_out_of_range:
      return "parameter_out_of_range";
    case errc::kernel_unsupported:
      return "kernel_unsupported";
    case errc::overloaded:
      return "overloaded";
    case errc::host_memory:
      return "host_memory";
    case errc::device_memory:
      return "device_memory";
    case errc::device_lost:
      return "device_lost";
    case errc::usage:
      return "usage";
    case errc::data_malformed:
      return "data_malformed";
    case errc::io_failed:
      return "io_failed";
    case errc::output_closed:
      return "output_closed";
    case errc::storage_full:
      return "storage_full";
    case errc::storage_lost:
      return "storage_lost";
    case errc::data_conflict:
      return "data_conflict";
    case errc::configuration_invalid:
      return "configuration_invalid";
    case errc::json_malformed:
      return "json_malformed";
    case errc::field_invalid:
      return "field_invalid";
    case errc::out_of_range:
      return "out_of_range";
    case errc::url_invalid:
      return "url_invalid";
    case errc::url_blocked:
      return "url_blocked";
    case errc::not_found:
      return "not_found";
    case errc::loading:
      return "loading";
    case errc::stopping:
      return "stopping";
    case errc::helper_failed:
      return "helper_failed";
    case errc::helper_missing:
      return "helper_missing";
    case errc::data_insufficient:
      return "data_insufficient";
  }
  return "unknown";
}

}  // namespace reprise
