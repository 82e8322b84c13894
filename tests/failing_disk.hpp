// A disk in memory that fails when it is told to, under SQLite as one of its file layers: full,
// refusing a write or a sync, or without power, when what was not synced is lost or torn.
//
// Shapes   operations are counted from 1: writes, truncations, syncs, deletions and renamings. A
//          write is torn at sectors of 512 bytes. A failed sync drops what it should have kept, as
//          Linux does: a later sync of the same file succeeds without it
// Errors   SQLite's: SQLITE_FULL, SQLITE_IOERR_WRITE and the like
// Threads  any; one disk may serve two connections on two threads
// Owns     its files; it must outlive the connections
// Agrees   the same seed and the same calls give the same bytes
// Source   www.sqlite.org/c3ref/vfs.html, io_methods.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace reprise {

enum class disk_operation { write, truncate, sync };

enum class survival {
  synced,  // nothing that was not synced
  some,    // any sectors of it, drawn by the seed
  all,     // everything
};

class failing_disk {
 public:
  using bytes = std::vector<std::byte>;

  explicit failing_disk(std::uint64_t seed);
  failing_disk(const failing_disk&) = delete;
  failing_disk& operator=(const failing_disk&) = delete;
  ~failing_disk();

  // Of the file layer.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  // All files together; nothing: no bound.
  void set_space(std::optional<std::uint64_t> bytes_max);
  // The nth from now on, and `count` - 1 more behind it.
  void fail(disk_operation kind, std::uint64_t nth, std::uint64_t count = 1);
  // The power goes before the nth operation from now on: that one and all later ones fail.
  void cut_power(std::uint64_t nth);
  [[nodiscard]] bool has_power() const;
  // After all files were closed: the power goes if it has not, and comes back; no fault is set.
  void restart(survival what);

  [[nodiscard]] std::uint64_t operations() const;
  [[nodiscard]] std::uint64_t syncs() const;
  [[nodiscard]] std::map<std::string, bytes> files() const;
  void put_file(const std::string& path, bytes content);  // durable
  void remove_file(const std::string& path);              // likewise

  struct node;
  struct open_file;
  class layer;  // failing_disk_layer.cpp: what SQLite calls

 private:
  friend class layer;
  struct change {
    std::uint64_t offset = 0;
    bytes written;
    bool truncates = false;  // to `offset`
  };
  // SQLite's codes; with mutex_ held.
  int begin_operation();
  bool fails_now(disk_operation kind);
  int write(node& file, std::uint64_t offset, const void* data, std::size_t size);
  int truncate(node& file, std::uint64_t size);
  int sync(node& file);
  std::uint64_t used() const;
  void lose_power(survival what);
  static void apply(bytes& to, const change& made);

  std::string name_;
  std::unique_ptr<layer> layer_;
  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::map<std::string, std::shared_ptr<node>> nodes_;
  std::map<std::string, bytes> unsynced_deletions_;
  std::size_t open_files_ = 0;
  std::optional<std::uint64_t> space_;
  struct fault {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
  };
  std::map<disk_operation, fault> faults_;
  std::map<disk_operation, std::uint64_t> counts_;
  std::uint64_t operations_ = 0;
  std::optional<std::uint64_t> power_until_;
  int last_error_ = 0;
};

// What a file is, and what of it would be there after a power loss.
struct failing_disk::node {
  bytes content;
  std::optional<bytes> durable;  // nothing: the file itself is not
  std::vector<change> unsynced;  // in order
  // Locks of connections, by open file.
  std::set<const open_file*> shared;
  const open_file* reserved = nullptr;
  const open_file* exclusive = nullptr;  // or waiting to be
  // The shared memory of a WAL.
  std::vector<std::unique_ptr<std::byte[]>> regions;
  std::size_t mapped_by = 0;
  std::map<int, std::set<const open_file*>> shared_slots;
  std::map<int, const open_file*> exclusive_slots;
};

}  // namespace reprise
