// A file without a name: what is written to it is gone when it is closed, however that happens.
//
// Shapes   appended at the end, read anywhere
// Errors   storage_full, io_failed with the directory and the system's words
// Threads  one at a time
// Owns     the open file
// Source   open(2), O_TMPFILE
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "host/failure.hpp"

namespace reprise {

class staging_file {
 public:
  virtual ~staging_file() = default;
  [[nodiscard]] virtual outcome<void> append(std::span<const std::byte> bytes) = 0;
  // As many as there are, up to into.size().
  [[nodiscard]] virtual outcome<std::size_t> read_at(std::uint64_t offset,
                                                     std::span<std::byte> into) = 0;
};

// On the disk of `directory`.
[[nodiscard]] outcome<std::unique_ptr<staging_file>> make_staging_file(
    const std::string& directory);

}  // namespace reprise
