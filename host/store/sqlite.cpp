#include "host/store/sqlite.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "host/match/assert.hpp"
#include "host/printable.hpp"
#include "host/store/sqlite_state.hpp"

namespace reprise::sqlite {
namespace {

bool is_sync_failure(int code) {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

errc errc_of(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return errc::storage_full;
    case SQLITE_NOMEM:
      return errc::host_memory;
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_NOMEM) return errc::host_memory;
      if (is_sync_failure(code)) return errc::io_failed;
      return system_error == ENOSPC || system_error == EDQUOT ? errc::storage_full
                                                              : errc::io_failed;
    default:
      return errc::io_failed;
  }
}

}  // namespace

connection_state::~connection_state() {
  if (db == nullptr) return;
  const int closed = sqlite3_close(db);
  REPRISE_ASSERT(closed == SQLITE_OK);  // else a statement outlived its connection
}

failure connection_state::failed(int code) {
  const int system_error = sqlite3_system_errno(db);
  std::string words = sqlite3_errcode(db) == (code & 0xff) || sqlite3_extended_errcode(db) == code
                          ? sqlite3_errmsg(db)
                          : sqlite3_errstr(code);
  if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) {
    damaged = met_damage = true;
    if (tell_damaged != nullptr) *tell_damaged = true;
  }
  if (is_sync_failure(code)) {
    words = "a sync failed";
    if (!sync_failed && syncs != nullptr) syncs->note_failed();
    sync_failed = true;
  }
  if (((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) && system_error != 0)
    words.append(" (").append(std::strerror(system_error)).append(")");
  const bool lost = syncs != nullptr && syncs->lost();
  return {lost ? errc::storage_lost : errc_of(code, system_error),
          printable(path) + ": " + printable(words)};
}

cursor::cursor(cursor&& other) noexcept
    : running_{std::exchange(other.running_, nullptr)}, on_{other.on_} {}

cursor::~cursor() {
  if (running_ != nullptr) sqlite3_reset(running_);  // its code is that of the step before
}

outcome<bool> cursor::next() {
  const int code = sqlite3_step(running_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return on_->failed(code);
}

bool cursor::is_null(int column) const {
  return sqlite3_column_type(running_, column) == SQLITE_NULL;
}

std::int64_t cursor::integer(int column) const {
  return sqlite3_column_int64(running_, column);
}

double cursor::real(int column) const {
  return sqlite3_column_double(running_, column);
}

std::string_view cursor::text(int column) const {
  const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(running_, column));
  if (begin == nullptr) return {};
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(running_, column))};
}

std::span<const std::byte> cursor::blob(int column) const {
  const auto* begin = static_cast<const std::byte*>(sqlite3_column_blob(running_, column));
  if (begin == nullptr) return {};
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(running_, column))};
}

statement::statement(statement&& other) noexcept
    : prepared_{std::exchange(other.prepared_, nullptr)}, on_{other.on_} {}

statement& statement::operator=(statement&& other) noexcept {
  std::swap(prepared_, other.prepared_);
  std::swap(on_, other.on_);
  return *this;
}

statement::~statement() {
  sqlite3_finalize(prepared_);
}

// A refused binding is a mistake of ours in the place or the type of an argument, or no memory for
// one number: there is nothing that a caller could do.
void statement::bind(int at, std::nullptr_t) {
  const int code = sqlite3_bind_null(prepared_, at);
  REPRISE_ASSERT(code == SQLITE_OK);
}

void statement::bind(int at, std::int64_t value) {
  const int code = sqlite3_bind_int64(prepared_, at, value);
  REPRISE_ASSERT(code == SQLITE_OK);
}

void statement::bind(int at, double value) {
  const int code = sqlite3_bind_double(prepared_, at, value);
  REPRISE_ASSERT(code == SQLITE_OK);
}

void statement::bind(int at, std::string_view value) {
  const char* begin = value.data() == nullptr ? "" : value.data();
  const int code =
      sqlite3_bind_text64(prepared_, at, begin, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  REPRISE_ASSERT(code == SQLITE_OK);
}

void statement::bind(int at, std::span<const std::byte> value) {
  const void* begin = value.data() == nullptr ? static_cast<const void*>("") : value.data();
  const int code = sqlite3_bind_blob64(prepared_, at, begin, value.size(), SQLITE_STATIC);
  REPRISE_ASSERT(code == SQLITE_OK);
}

cursor statement::start() {
  REPRISE_ASSERT(prepared_ != nullptr);
  return {prepared_, *on_};
}

outcome<void> statement::finish() {
  REPRISE_ASSERT(prepared_ != nullptr);
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(prepared_);
  if (code == SQLITE_DONE) {
    sqlite3_reset(prepared_);
    return {};
  }
  failure failed = on_->failed(code);
  sqlite3_reset(prepared_);
  return failed;
}

outcome<transaction> transaction::begin(connection& on, const char* sql) {
  const auto begun = on.execute(sql);
  if (!begun) return begun.error();
  on.state_->met_damage = false;
  return transaction{*on.state_};
}

outcome<transaction> transaction::begin_write(connection& on) {
  return begin(on, "BEGIN IMMEDIATE");
}

outcome<transaction> transaction::begin_read(connection& on) {
  return begin(on, "BEGIN");
}

// Some failures have undone the transaction already. That undoing itself fails changes nothing:
// the file is as it was before, and the next use of the connection tells.
transaction::~transaction() {
  if (on_ == nullptr || sqlite3_get_autocommit(on_->db) != 0) return;
  sqlite3_exec(on_->db, "ROLLBACK", nullptr, nullptr, nullptr);
}

outcome<void> transaction::commit() {
  const int code = sqlite3_exec(on_->db, "COMMIT", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return on_->failed(code);
  on_ = nullptr;
  return {};
}

}  // namespace reprise::sqlite
