// Names that nobody else gives: version 4 of a UUID, from random bits alone.
//
// Shapes   "f81d4fae-7dec-41d0-a765-00a0c91e6bf6", in lower case
// Threads  as the random source
// Source   RFC 9562, section 5.4
#pragma once

#include <string>

#include "host/random_source.hpp"

namespace reprise {

[[nodiscard]] std::string make_uuid(random_source& random);

}  // namespace reprise
