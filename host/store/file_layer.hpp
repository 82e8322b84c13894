// Whole files of SQLite's file layer: what a store does beside its database when it keeps a damaged
// one aside.
//
// Shapes   `vfs` is a file layer by name, empty for the system's
// Errors   io_failed, storage_full with the file and the system's words
// Threads  any
// Agrees   another layer than the system's renames by the file control `rename_control`, whose
//          argument is the new name, a const char*
#pragma once

#include <string>

#include "host/failure.hpp"

namespace reprise::sqlite {

inline constexpr int rename_control = 0x5250'0001;

[[nodiscard]] bool file_exists(const std::string& vfs, const std::string& path);
// No failure where there is none. Durable on return.
[[nodiscard]] outcome<void> remove_file(const std::string& vfs, const std::string& path);
// Replaces what is there; durable on return.
[[nodiscard]] outcome<void> rename_file(const std::string& vfs, const std::string& from,
                                        const std::string& to);

}  // namespace reprise::sqlite
