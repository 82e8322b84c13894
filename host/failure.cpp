#include "host/failure.hpp"

#include <cstdio>
#include <cstdlib>

namespace reprise {

int exit_status(errc code) noexcept {
  switch (code) {
    case errc::output_closed:
      return 0;
    case errc::usage:
      return 2;
    case errc::data_malformed:
      return 65;
    case errc::io_failed:
    case errc::storage_full:
    case errc::storage_lost:
      return 74;
    case errc::configuration_invalid:
      return 78;
    default:
      return 1;
  }
}

void throw_exception_from_error(const failure& failed, const boost::source_location& place) {
  std::fprintf(stderr, "reprise: unhandled failure at %s:%u: %s\n", place.file_name(),
               static_cast<unsigned>(place.line()), failed.what.c_str());
  std::abort();
}

}  // namespace reprise
