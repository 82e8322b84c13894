// The commands `keys create`, `keys list` and `keys revoke`.
//
// Errors   a key that is not there is exit 1; the data directory's: 74
// Threads  the main one
#pragma once

#include <memory>

#include "net/command_line.hpp"

namespace reprise {

inline constexpr command_group keys_group = {"keys", "Manage the keys of the HTTP interface"};

[[nodiscard]] std::unique_ptr<command> make_keys_create_command();
[[nodiscard]] std::unique_ptr<command> make_keys_list_command();
[[nodiscard]] std::unique_ptr<command> make_keys_revoke_command();

}  // namespace reprise
