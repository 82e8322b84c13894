// The command `serve`: the live service, until SIGTERM or SIGINT.
//
// Errors   78 configuration; 74 the data directory, or a disk that can no longer be trusted
// Threads  the main one
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<command> make_serve_command();

}  // namespace reprise
