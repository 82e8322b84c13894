// What somebody outside said, fit for a message: printable, and cut to a length where no character
// of UTF-8 is cut.
//
// Shapes   at most bytes_max bytes
// Errors   none
// Threads  pure
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reprise {

[[nodiscard]] std::string short_line(std::string_view said, std::size_t bytes_max);

}  // namespace reprise
