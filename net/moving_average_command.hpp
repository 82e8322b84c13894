// `reprise moving-average`: for each minute, the mean duration of the events of the last minutes.
//
// Errors   usage: as option_values.hpp; otherwise as host/moving_average/event_averages.hpp,
//          host/byte_stream.hpp and host/output_file.hpp
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

[[nodiscard]] std::unique_ptr<command> make_moving_average_command();

}  // namespace reprise
