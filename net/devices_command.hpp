// The command `devices`: what this machine and this program offer to compute with.
#pragma once

#include <functional>
#include <memory>

#include "host/match/devices.hpp"
#include "net/command_line.hpp"

namespace reprise {

// `list` asks for the CUDA devices; empty in a program that is built without CUDA.
[[nodiscard]] std::unique_ptr<command> make_devices_command(std::function<device_list()> list);

}  // namespace reprise
