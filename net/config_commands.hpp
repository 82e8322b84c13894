// The commands `config check` and `config show`.
//
// Errors   a configuration that makes no sense is exit 78 and one line with its place
// Threads  the main one
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

inline constexpr command_group config_group = {"config", "Look at the configuration"};

[[nodiscard]] std::unique_ptr<command> make_config_check_command();
[[nodiscard]] std::unique_ptr<command> make_config_show_command();

}  // namespace reprise
