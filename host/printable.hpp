// Foreign text made fit for a message of one line: control bytes as \xNN, everything else as it is.
//
// Threads  pure
#pragma once

#include <string>
#include <string_view>

namespace reprise {

// Bytes below 0x20 and 0x7f are escaped; UTF-8 is left alone. Text that is printable stays equal.
[[nodiscard]] std::string printable(std::string_view foreign);

}  // namespace reprise
