// A thin layer over SQLite: connections, statements and transactions as owners, failures as values,
// and the pragmas that the durability of our stores rests on.
//
// Shapes   arguments are bound from 1 on, columns are read from 0 on, as in SQLite. Bound texts and
//          blobs are not copied: they live until the cursor or the run has ended. Columns live
//          until the cursor moves
// Errors   storage_full (the disk or the quota is full), host_memory, storage_lost (the sync rule
//          says so), else io_failed; the text is "FILE: SQLite's words". Sticky on the connection:
//          sync_failed() and damaged()
// Threads  one at a time for a connection and all that came of it
// Owns     connection: the open file; statements and cursors end before it, which is asserted
// Source   www.sqlite.org/wal.html; storage, docs/design.md
//
// Files are in WAL mode with synchronous=FULL: a commit is durable on return. Only a writer
// checkpoints, and only when it is told to (checkpoint, bound_wal): SQLite would do it by itself
// behind a commit, but it keeps to itself that a sync failed there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "host/failure.hpp"
#include "host/store/sync_rule.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace reprise::sqlite {

// steps[i] is SQL that takes a file from schema version i to i + 1; a new file takes all of them.
struct schema {
  std::int32_t application_id = 0;  // PRAGMA application_id: whose file it is
  std::span<const char* const> steps;
};

struct open_options {
  std::string vfs = {};              // SQLite's file layer by name; empty: the system's
  bool* damaged = nullptr;           // set where damaged() would be; outlives the connection
  sync_rule* syncs = nullptr;        // told of failed syncs; outlives the connection
  std::uint32_t page_bytes = 4'096;  // of a new file
  std::uint32_t cache_bytes = 2'048'000;
  std::chrono::milliseconds busy_wait_max{2'000};
};

struct connection_state;  // sqlite.cpp
class connection;

// The rows of one run of a statement, which is reset when the cursor goes.
class cursor {
 public:
  cursor(cursor&& other) noexcept;
  cursor& operator=(cursor&&) = delete;
  ~cursor();
  // The next row; false behind the last one.
  [[nodiscard]] outcome<bool> next();
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::span<const std::byte> blob(int column) const;

 private:
  friend class statement;
  cursor(sqlite3_stmt* running, connection_state& on) : running_{running}, on_{&on} {}
  sqlite3_stmt* running_;
  connection_state* on_;
};

class statement {
 public:
  statement() = default;  // holds nothing; only to be assigned to
  statement(statement&& other) noexcept;
  statement& operator=(statement&& other) noexcept;
  ~statement();

  // Arguments: integers, bool, double, std::string_view, std::span<const std::byte>, nullptr,
  // std::optional of these; std::span<const double> is as many arguments as it has numbers.
  template <typename... Arguments>
  [[nodiscard]] cursor select(const Arguments&... bound) {
    bind_all(bound...);
    return start();
  }
  // To its end; rows are dropped.
  template <typename... Arguments>
  [[nodiscard]] outcome<void> run(const Arguments&... bound) {
    bind_all(bound...);
    return finish();
  }

 private:
  friend class connection;
  statement(sqlite3_stmt* prepared, connection_state& on) : prepared_{prepared}, on_{&on} {}
  template <typename... Arguments>
  void bind_all(const Arguments&... bound) {
    [[maybe_unused]] int at = 0;
    ((at = bind_behind(at, bound)), ...);
  }
  template <typename T>
  int bind_behind(int at, const T& value) {
    bind(at + 1, value);
    return at + 1;
  }
  int bind_behind(int at, std::span<const double> values) {
    for (const double value : values) bind(++at, value);
    return at;
  }
  template <typename T>
  void bind(int at, const std::optional<T>& value) {
    value ? bind(at, *value) : bind(at, nullptr);
  }
  void bind(int at, std::nullptr_t);
  void bind(int at, std::int64_t value);
  void bind(int at, std::uint64_t value) { bind(at, static_cast<std::int64_t>(value)); }
  void bind(int at, std::int32_t value) { bind(at, std::int64_t{value}); }
  void bind(int at, std::uint32_t value) { bind(at, std::int64_t{value}); }
  void bind(int at, bool value) { bind(at, std::int64_t{value}); }
  void bind(int at, double value);
  void bind(int at, std::string_view value);
  void bind(int at, const std::string& value) { bind(at, std::string_view{value}); }
  void bind(int at, const char* value) { bind(at, std::string_view{value}); }
  void bind(int at, std::span<const std::byte> value);
  [[nodiscard]] cursor start();
  [[nodiscard]] outcome<void> finish();

  sqlite3_stmt* prepared_ = nullptr;
  connection_state* on_ = nullptr;
};

enum class checkpoint_kind {
  passive,   // as far as no reader is in the way; never waits
  restart,   // waits for readers, so that the WAL begins anew with the next write
  truncate,  // likewise, and leaves the WAL empty
};

class connection {
 public:
  // Makes the file where it is missing; migrates an older schema in one transaction; refuses a
  // newer one, or another program's file, and leaves that untouched. Checkpoints on close.
  [[nodiscard]] static outcome<connection> open_writer(const std::string& path,
                                                       const schema& wanted,
                                                       const open_options& options);
  // The file exists and has exactly the wanted schema; never checkpoints.
  [[nodiscard]] static outcome<connection> open_reader(const std::string& path,
                                                       const schema& wanted,
                                                       const open_options& options);
  // Whatever is there, with no pragma and no checkpoint: for rescuing what can be read.
  [[nodiscard]] static outcome<connection> open_as_it_is(const std::string& path,
                                                         const open_options& options);
  connection(connection&& other) noexcept;
  connection& operator=(connection&& other) noexcept;
  ~connection();

  // Kept for long; prepare once, run often.
  [[nodiscard]] outcome<statement> prepare(std::string_view sql);
  // One or more statements without arguments.
  [[nodiscard]] outcome<void> execute(const std::string& sql);
  // The first column of the first row; nothing where there is no row or where it is null.
  [[nodiscard]] outcome<std::optional<std::int64_t>> integer(std::string_view sql);

  [[nodiscard]] std::int64_t last_row() const noexcept;  // rowid of the last insert
  [[nodiscard]] std::int64_t changes() const noexcept;   // rows of the last insert, update, delete

  [[nodiscard]] outcome<void> checkpoint(checkpoint_kind kind);
  // To be called behind commits: checkpoints passively from `pages_checkpoint` pages on, and waits
  // for readers from `pages_max` on. Busy readers are no failure.
  [[nodiscard]] outcome<void> bound_wal(std::uint32_t pages_checkpoint, std::uint32_t pages_max);
  // As of the last commit.
  [[nodiscard]] std::uint32_t wal_pages() const noexcept;
  // The file and its WAL.
  [[nodiscard]] std::uint64_t file_bytes() const;

  // A sync failed on this connection: nothing more may be written through it.
  [[nodiscard]] bool sync_failed() const noexcept;
  // SQLite met a page that it cannot make sense of.
  [[nodiscard]] bool damaged() const noexcept;
  // Likewise, since the last transaction began: that one can be read in, but writes nothing more.
  [[nodiscard]] bool met_damage() const noexcept;
  void leave_wal_on_close() noexcept;
  [[nodiscard]] const std::string& path() const noexcept;
  // A failure of this file in the words of the caller.
  [[nodiscard]] failure failed(errc code, std::string_view why) const;

 private:
  friend class transaction;
  explicit connection(std::unique_ptr<connection_state> state) noexcept;
  static outcome<connection> open(const std::string& path, int flags, const open_options& options);
  std::unique_ptr<connection_state> state_;
};

// Undone by its destructor unless committed. None inside another.
class transaction {
 public:
  [[nodiscard]] static outcome<transaction> begin_write(connection& on);
  // One state of the file for all reads inside.
  [[nodiscard]] static outcome<transaction> begin_read(connection& on);
  transaction(transaction&& other) noexcept : on_{std::exchange(other.on_, nullptr)} {}
  transaction& operator=(transaction&&) = delete;
  ~transaction();
  [[nodiscard]] outcome<void> commit();

 private:
  explicit transaction(connection_state& on) : on_{&on} {}
  static outcome<transaction> begin(connection& on, const char* sql);
  connection_state* on_;
};

}  // namespace reprise::sqlite
