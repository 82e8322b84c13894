// The writing half of state.db.
//
// Errors, Threads, Owns: state_store.hpp
#pragma once

#include <memory>
#include <string>

#include "host/store/state_store.hpp"

namespace reprise {

// Opens or makes the file, and closes the repeats that the last process left open.
[[nodiscard]] outcome<std::unique_ptr<state_writer>> open_state_writer(const std::string& path,
                                                                       const std::string& vfs);

}  // namespace reprise
