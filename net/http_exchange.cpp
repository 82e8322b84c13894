#include "net/http_exchange.hpp"

#include <cstdio>
#include <cstdlib>

namespace reprise {

void throw_exception_from_error(const exchange_failure& failed,
                                const boost::source_location& place) {
  std::fprintf(stderr, "reprise: unhandled failure at %s:%u: %s\n", place.file_name(),
               static_cast<unsigned>(place.line()), failed.what.c_str());
  std::abort();
}

}  // namespace reprise
