// The failing disk as a file layer of SQLite.
//
// Errors   SQLite's codes
// Threads  any; each call holds the disk's mutex
// Owns     its registration
// Source   www.sqlite.org/c3ref/vfs.html
#pragma once

#include <sqlite3.h>

#include "tests/failing_disk.hpp"

namespace reprise {

// SQLite's own part first.
struct failing_disk::open_file : sqlite3_file {
  failing_disk* disk;
  std::shared_ptr<node>* file;
  int lock;
  bool is_mapped;
};

class failing_disk::layer {
 public:
  explicit layer(failing_disk& disk);
  layer(const layer&) = delete;
  layer& operator=(const layer&) = delete;
  ~layer();

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* into, int flags, int* out);
  static int remove(sqlite3_vfs* vfs, const char* name, int syncs_folder);
  static int access(sqlite3_vfs* vfs, const char* name, int flags, int* result);
  static int full_name(sqlite3_vfs* vfs, const char* name, int size, char* into);
  static int randomness(sqlite3_vfs* vfs, int size, char* into);
  static int sleep(sqlite3_vfs* vfs, int microseconds);
  static int now(sqlite3_vfs* vfs, double* julian_day);
  static int now64(sqlite3_vfs* vfs, sqlite3_int64* julian_ms);
  static int last_error(sqlite3_vfs* vfs, int size, char* into);

  static int close(sqlite3_file* of);
  static int read(sqlite3_file* of, void* into, int size, sqlite3_int64 offset);
  static int write(sqlite3_file* of, const void* data, int size, sqlite3_int64 offset);
  static int truncate(sqlite3_file* of, sqlite3_int64 size);
  static int sync(sqlite3_file* of, int flags);
  static int size(sqlite3_file* of, sqlite3_int64* bytes);
  static int lock(sqlite3_file* of, int level);
  static int unlock(sqlite3_file* of, int level);
  static int is_reserved(sqlite3_file* of, int* result);
  static int control(sqlite3_file* of, int operation, void* argument);
  static int sector(sqlite3_file* of);
  static int characteristics(sqlite3_file* of);
  static int map(sqlite3_file* of, int region, int size, int extend, void volatile** into);
  static int lock_slots(sqlite3_file* of, int first, int count, int flags);
  static void barrier(sqlite3_file* of);
  static int unmap(sqlite3_file* of, int deletes);

 private:
  sqlite3_vfs registered_{};
};

}  // namespace reprise
