// The command `healthcheck`: whether the service of this configuration is ready; for containers.
//
// Errors   exit 1 where it does not answer, or says that it is not ready
// Threads  the main one
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<command> make_healthcheck_command();

}  // namespace reprise
