// The reading half of state.db.
//
// Errors, Threads, Owns: state_store.hpp
#pragma once

#include <memory>
#include <string>

#include "host/store/state_store.hpp"

namespace reprise {

// The writer has made the file.
[[nodiscard]] outcome<std::unique_ptr<state_reader>> open_state_reader(const std::string& path,
                                                                       const std::string& vfs);

}  // namespace reprise
