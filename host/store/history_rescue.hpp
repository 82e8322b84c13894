// Saving what can be read of a damaged history.db: row by row into a new file, which then takes its
// place; the damaged one is kept aside.
//
// Shapes   ticks that cannot be read become gaps, `corrupt`, where it is known which they were: a
//          chunk that is still listed by an index, the span of time around rows that are gone
// Errors   storage_full, io_failed: the damaged file is still in its place. A crash at any moment
//          leaves either the damaged file or the whole new one; finish_rescue() sees to that
// Threads  one; no connection to the file is open
// Source   faults, docs/design.md
#pragma once

#include <cstdint>
#include <string>

#include "host/failure.hpp"

namespace reprise {

// A line for the log: what was damaged, what was saved, where the damaged file is.
[[nodiscard]] outcome<std::string> rescue_history(const std::string& path, const std::string& vfs,
                                                  std::int64_t unix_time);

// Before each open: ends what a crash has left behind of a rescue.
[[nodiscard]] outcome<void> finish_rescue(const std::string& path, const std::string& vfs);

}  // namespace reprise
