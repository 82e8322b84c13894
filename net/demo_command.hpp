// The command `demo`: the service and a simulated broadcast of real films in one process.
//
// Errors   exit 1 where the verdict on the service's reports is not clean
// Threads  the main one
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<command> make_demo_command();

}  // namespace reprise
