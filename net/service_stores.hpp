// The data directory of the running service, and the stores of matching in it.
//
// Errors   open_stores: those of data_directory, history_store and state_store; with nothing held
// Threads  one
// Owns     the directory's lock and the stores' files; the lock goes last
// Source   storage, docs/design.md
#pragma once

#include <memory>
#include <string>

#include "host/failure.hpp"
#include "host/store/data_directory.hpp"
#include "host/store/history_store.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

struct service_stores {
  std::unique_ptr<data_directory> directory;
  history_files history;
  state_files state;
};

[[nodiscard]] outcome<service_stores> open_stores(const std::string& directory);

}  // namespace reprise
