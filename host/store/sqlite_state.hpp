// What the parts of the SQLite layer share of one connection: the handle, and what went wrong on it
// for good. For sqlite*.cpp alone.
//
// Errors   failed(): SQLite's code as an errc and words, noted where it is for good
// Threads  as the connection
// Owns     the handle; closed with it
#pragma once

#include <sqlite3.h>

#include <string>

#include "host/store/sqlite.hpp"

namespace reprise::sqlite {

struct connection_state {
  explicit connection_state(std::string opened_path) : path{std::move(opened_path)} {}
  connection_state(const connection_state&) = delete;
  connection_state& operator=(const connection_state&) = delete;
  ~connection_state();

  [[nodiscard]] failure failed(int code);

  std::string path;
  sqlite3* db = nullptr;
  sync_rule* syncs = nullptr;
  bool sync_failed = false;
  bool damaged = false;
  bool met_damage = false;  // since the last transaction began
  bool* tell_damaged = nullptr;
  std::uint32_t wal_pages = 0;
  std::uint32_t wal_pages_checkpointed = 0;  // wal_pages at the last checkpoint
};

}  // namespace reprise::sqlite
