// Where the library of a data directory is, and how a command reads it beside the service.
//
// Errors   io_failed: there is no library; those of data_directory.hpp and library_file.hpp
// Threads  one at a time
// Owns     the library_file: a connection that reads and never checkpoints. The directory itself is
//          free again on return
#pragma once

#include <memory>
#include <string>

#include "host/library/library_file.hpp"

namespace reprise {

[[nodiscard]] std::string library_path(const std::string& directory);

// Where no process holds the directory, the file is first brought in order as a service would: what
// a killed one left in its log is taken in, an older version is migrated. Whoever reads for long
// does not keep a service from starting.
[[nodiscard]] outcome<std::unique_ptr<library_file>> open_library_to_read(
    const std::string& directory);

}  // namespace reprise
