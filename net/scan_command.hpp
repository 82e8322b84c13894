// `reprise scan`: all matches, or all repeats, of recordings.
//
// Errors   usage: as option_values.hpp; otherwise as scan.hpp and engine.hpp
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<command> make_scan_command();

}  // namespace reprise
