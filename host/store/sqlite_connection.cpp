#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "host/match/assert.hpp"
#include "host/printable.hpp"
#include "host/store/sqlite.hpp"
#include "host/store/sqlite_state.hpp"

namespace reprise::sqlite {
namespace {

int note_wal_pages(void* state, sqlite3* /*db*/, const char* /*name*/, int pages) {
  static_cast<connection_state*>(state)->wal_pages = static_cast<std::uint32_t>(pages);
  return SQLITE_OK;
}

void set_checkpoint_on_close(sqlite3* db, bool wanted) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

std::int64_t newest_version(const schema& of) {
  return static_cast<std::int64_t>(of.steps.size());
}

// A new file is its owner's alone, and SQLite gives the files beside it the same mode. One that
// exists is not touched: to close it here would drop the locks that this process has on it.
void make_private(const std::string& path) {
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made != -1) ::close(made);
}

// The schema version of a file that is ours, or that is new and empty (0).
outcome<std::int64_t> version_of(connection& db, const schema& wanted) {
  const auto version = db.integer("PRAGMA user_version");
  if (!version) return version.error();
  const auto application = db.integer("PRAGMA application_id");
  if (!application) return application.error();
  const auto tables = db.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  const bool is_new = **version == 0 && **application == 0 && **tables == 0;
  if (!is_new && **application != wanted.application_id)
    return db.failed(errc::io_failed, "a database of another program");
  if (**version > newest_version(wanted)) {
    return db.failed(errc::io_failed, "has schema version " + std::to_string(**version) +
                                          ", which is newer than " +
                                          std::to_string(newest_version(wanted)) +
                                          ", the newest that this program knows");
  }
  return **version;
}

outcome<void> migrate(connection& db, const schema& wanted, std::int64_t version) {
  if (version == newest_version(wanted)) return {};
  auto changing = transaction::begin_write(db);
  if (!changing) return changing.error();
  for (auto step = static_cast<std::size_t>(version); step < wanted.steps.size(); ++step) {
    if (const auto done = db.execute(wanted.steps[step]); !done) return done.error();
  }
  const auto marked =
      db.execute("PRAGMA application_id = " + std::to_string(wanted.application_id) +
                 "; PRAGMA user_version = " + std::to_string(newest_version(wanted)));
  if (!marked) return marked.error();
  return changing->commit();
}

// secure_delete: Debian's SQLite overwrites what is deleted, which costs a write for each page that
// expires. cell_size_check: damage is found before it is read as something else.
std::string common_pragmas(const open_options& options) {
  return "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF;"
         "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
         "PRAGMA cache_size = -" +
         std::to_string(options.cache_bytes / 1024);
}

outcome<void> use_wal(connection& db) {
  auto asked = db.prepare("PRAGMA journal_mode = WAL");
  if (!asked) return asked.error();
  cursor row = asked->select();
  const auto stepped = row.next();
  if (!stepped) return stepped.error();
  if (!*stepped || row.text(0) != "wal")
    return db.failed(errc::io_failed, "the file system cannot hold a write-ahead log");
  return {};
}

}  // namespace

connection::connection(std::unique_ptr<connection_state> state) noexcept
    : state_{std::move(state)} {}
connection::connection(connection&& other) noexcept = default;
connection& connection::operator=(connection&& other) noexcept = default;
connection::~connection() = default;

outcome<connection> connection::open(const std::string& path, int flags,
                                     const open_options& options) {
  auto state = std::make_unique<connection_state>(path);
  state->syncs = options.syncs;
  state->tell_damaged = options.damaged;
  // No mutex of SQLite's: a connection is used by one thread at a time anyway.
  const int code =
      sqlite3_open_v2(path.c_str(), &state->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (state->db == nullptr) return failure{errc::host_memory, printable(path) + ": out of memory"};
  if (code != SQLITE_OK) return state->failed(code);
  set_checkpoint_on_close(state->db, false);  // until it is known that the file is ours
  sqlite3_busy_timeout(state->db, static_cast<int>(options.busy_wait_max.count()));
  sqlite3_wal_hook(state->db, note_wal_pages, state.get());
  return connection{std::move(state)};
}

outcome<connection> connection::open_writer(const std::string& path, const schema& wanted,
                                            const open_options& options) {
  if (options.vfs.empty()) make_private(path);
  auto db = open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, options);
  if (!db) return db;
  const auto version = version_of(*db, wanted);
  if (!version) return version.error();
  const std::string first =
      "PRAGMA synchronous = FULL; PRAGMA page_size = " + std::to_string(options.page_bytes) + ";" +
      common_pragmas(options);
  if (const auto set = db->execute(first); !set) return set.error();
  if (const auto set = use_wal(*db); !set) return set.error();
  if (const auto migrated = migrate(*db, wanted, *version); !migrated) return migrated.error();
  set_checkpoint_on_close(db->state_->db, true);
  return db;
}

outcome<connection> connection::open_reader(const std::string& path, const schema& wanted,
                                            const open_options& options) {
  auto db = open(path, SQLITE_OPEN_READONLY, options);
  if (!db) return db;
  const auto version = version_of(*db, wanted);
  if (!version) return version.error();
  if (*version != newest_version(wanted)) {
    return db->failed(errc::io_failed, "has schema version " + std::to_string(*version) +
                                           " where " + std::to_string(newest_version(wanted)) +
                                           " is expected");
  }
  if (const auto set = db->execute(common_pragmas(options)); !set) return set.error();
  return db;
}

outcome<connection> connection::open_as_it_is(const std::string& path,
                                              const open_options& options) {
  return open(path, SQLITE_OPEN_READWRITE, options);
}

outcome<statement> connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(state_->db, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return state_->failed(code);
  return statement{prepared, *state_};
}

outcome<void> connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(state_->db, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return state_->failed(code);
  return {};
}

outcome<std::optional<std::int64_t>> connection::integer(std::string_view sql) {
  auto asked = prepare(sql);
  if (!asked) return asked.error();
  cursor row = asked->select();
  const auto stepped = row.next();
  if (!stepped) return stepped.error();
  if (!*stepped || row.is_null(0)) return std::optional<std::int64_t>{};
  return std::optional{row.integer(0)};
}

std::int64_t connection::last_row() const noexcept {
  return sqlite3_last_insert_rowid(state_->db);
}

std::int64_t connection::changes() const noexcept {
  return sqlite3_changes64(state_->db);
}

outcome<void> connection::checkpoint(checkpoint_kind kind) {
  const int mode = kind == checkpoint_kind::passive   ? SQLITE_CHECKPOINT_PASSIVE
                   : kind == checkpoint_kind::restart ? SQLITE_CHECKPOINT_RESTART
                                                      : SQLITE_CHECKPOINT_TRUNCATE;
  state_->wal_pages_checkpointed = state_->wal_pages;
  const int code = sqlite3_wal_checkpoint_v2(state_->db, nullptr, mode, nullptr, nullptr);
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
  return state_->failed(code);
}

// A WAL that readers keep from beginning anew is not synced to the file again with each commit,
// but each time that it has grown by as much again.
outcome<void> connection::bound_wal(std::uint32_t pages_checkpoint, std::uint32_t pages_max) {
  const std::uint32_t pages = state_->wal_pages;
  if (pages < state_->wal_pages_checkpointed) state_->wal_pages_checkpointed = 0;  // begun anew
  if (pages - state_->wal_pages_checkpointed < pages_checkpoint) return {};
  return checkpoint(pages < pages_max ? checkpoint_kind::passive : checkpoint_kind::restart);
}

std::uint32_t connection::wal_pages() const noexcept {
  return state_->wal_pages;
}

std::uint64_t connection::file_bytes() const {
  std::uint64_t sum = 0;
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    sqlite3_file* file = nullptr;
    sqlite3_int64 bytes = 0;
    const int code = sqlite3_file_control(state_->db, "main", which, &file);
    if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr) continue;
    if (file->pMethods->xFileSize(file, &bytes) == SQLITE_OK)
      sum += static_cast<std::uint64_t>(bytes);
  }
  return sum;
}

bool connection::sync_failed() const noexcept {
  return state_->sync_failed;
}

bool connection::damaged() const noexcept {
  return state_->damaged;
}

bool connection::met_damage() const noexcept {
  return state_->met_damage;
}

void connection::leave_wal_on_close() noexcept {
  set_checkpoint_on_close(state_->db, false);
}

const std::string& connection::path() const noexcept {
  return state_->path;
}

failure connection::failed(errc code, std::string_view why) const {
  return {code, printable(state_->path) + ": " + printable(why)};
}

}  // namespace reprise::sqlite
