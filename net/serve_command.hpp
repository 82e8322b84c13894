// The command `serve`: the live service, until SIGTERM or SIGINT.
//
// Errors   78 configuration; 74 the data directory, or a disk that can no longer be trusted
// Threads  the main one
#pragma once

#include <memory>

#include "host/engine.hpp"
#include "net/command_line.hpp"

namespace reprise {

// `make_devices` finds the devices; empty in a program that is built without CUDA.
[[nodiscard]] std::unique_ptr<command> make_serve_command(device_maker make_devices);

}  // namespace reprise
