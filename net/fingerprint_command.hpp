// `reprise fingerprint`: films to a recording.
//
// Errors   usage: as option_values.hpp; otherwise as fingerprint_video.hpp
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<command> make_fingerprint_command();

}  // namespace reprise
