// Text from outside made fit for a message: it stays on one line and gives a terminal no commands.
//
// Shapes   bytes below 0x20 and 0x7f become \xNN; all others, so UTF-8 too, stay as they are
// Errors   none
// Threads  pure
#pragma once

#include <string>
#include <string_view>

namespace reprise {

[[nodiscard]] std::string printable(std::string_view text);

}  // namespace reprise
