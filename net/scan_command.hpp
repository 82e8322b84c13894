// `reprise scan`: all matches, or all repeats, of recordings.
//
// Errors   usage: as option_values.hpp; otherwise as scan.hpp and engine.hpp
#pragma once

#include <memory>

#include "host/engine.hpp"
#include "net/command_line.hpp"

namespace reprise {

// `make_devices` as of make_serve_command().
[[nodiscard]] std::unique_ptr<command> make_scan_command(device_maker make_devices);

}  // namespace reprise
