// `reprise encoder`: an encoder service for image sessions, until SIGTERM or SIGINT.
//
// Errors   usage: as option_values.hpp; io_failed: the address; those of encoder_workers.hpp
// Threads  the main one
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<command> make_encoder_command();

}  // namespace reprise
