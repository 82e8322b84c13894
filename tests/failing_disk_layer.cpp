#include "tests/failing_disk_layer.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "host/match/assert.hpp"
#include "host/store/file_layer.hpp"

namespace reprise {
namespace {

failing_disk& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<failing_disk*>(vfs->pAppData);
}

failing_disk::open_file& file_of(sqlite3_file* of) {
  return *static_cast<failing_disk::open_file*>(of);
}

using layer = failing_disk::layer;
constexpr sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = layer::close,
    .xRead = layer::read,
    .xWrite = layer::write,
    .xTruncate = layer::truncate,
    .xSync = layer::sync,
    .xFileSize = layer::size,
    .xLock = layer::lock,
    .xUnlock = layer::unlock,
    .xCheckReservedLock = layer::is_reserved,
    .xFileControl = layer::control,
    .xSectorSize = layer::sector,
    .xDeviceCharacteristics = layer::characteristics,
    .xShmMap = layer::map,
    .xShmLock = layer::lock_slots,
    .xShmBarrier = layer::barrier,
    .xShmUnmap = layer::unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

}  // namespace

failing_disk::layer::layer(failing_disk& disk) {
  registered_.iVersion = 2;
  registered_.szOsFile = sizeof(open_file);
  registered_.mxPathname = 512;
  registered_.zName = disk.name_.c_str();
  registered_.pAppData = &disk;
  registered_.xOpen = open;
  registered_.xDelete = remove;
  registered_.xAccess = access;
  registered_.xFullPathname = full_name;
  registered_.xRandomness = randomness;
  registered_.xSleep = sleep;
  registered_.xCurrentTime = now;
  registered_.xCurrentTimeInt64 = now64;
  registered_.xGetLastError = last_error;
  const int code = sqlite3_vfs_register(&registered_, 0);
  REPRISE_ASSERT(code == SQLITE_OK);
}

failing_disk::layer::~layer() {
  sqlite3_vfs_unregister(&registered_);
}

int failing_disk::layer::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* into, int flags,
                              int* out) {
  failing_disk& disk = disk_of(vfs);
  const std::lock_guard held{disk.mutex_};
  auto& opened = file_of(into);
  opened.pMethods = nullptr;
  std::shared_ptr<node> file;
  if (name == nullptr) {
    file = std::make_shared<node>();
  } else if (const auto found = disk.nodes_.find(name); found != disk.nodes_.end()) {
    file = found->second;
  } else {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    if (disk.begin_operation() != SQLITE_OK) return SQLITE_CANTOPEN;
    file = std::make_shared<node>();
    disk.nodes_[name] = file;
  }
  opened.pMethods = &methods;
  opened.disk = &disk;
  opened.file = new std::shared_ptr<node>{std::move(file)};
  opened.lock = SQLITE_LOCK_NONE;
  opened.is_mapped = false;
  ++disk.open_files_;
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}

int failing_disk::layer::remove(sqlite3_vfs* vfs, const char* name, int syncs_folder) {
  failing_disk& disk = disk_of(vfs);
  const std::lock_guard held{disk.mutex_};
  const auto found = disk.nodes_.find(name);
  if (found == disk.nodes_.end()) return SQLITE_IOERR_DELETE_NOENT;
  if (disk.begin_operation() != SQLITE_OK) return SQLITE_IOERR_DELETE;
  if (syncs_folder == 0 && found->second->durable)
    disk.unsynced_deletions_[name] = *found->second->durable;
  disk.nodes_.erase(found);
  return SQLITE_OK;
}

int failing_disk::layer::access(sqlite3_vfs* vfs, const char* name, int, int* result) {
  failing_disk& disk = disk_of(vfs);
  const std::lock_guard held{disk.mutex_};
  *result = disk.nodes_.contains(name) ? 1 : 0;
  return SQLITE_OK;
}

int failing_disk::layer::full_name(sqlite3_vfs*, const char* name, int size, char* into) {
  sqlite3_snprintf(size, into, "%s", name);
  return SQLITE_OK;
}

int failing_disk::layer::randomness(sqlite3_vfs* vfs, int size, char* into) {
  failing_disk& disk = disk_of(vfs);
  const std::lock_guard held{disk.mutex_};
  std::generate(into, into + size, [&] { return static_cast<char>(disk.random_()); });
  return size;
}

// Time is not waited for: whoever is in the way goes on in another thread or not at all.
int failing_disk::layer::sleep(sqlite3_vfs*, int microseconds) {
  std::this_thread::yield();
  return microseconds;
}

int failing_disk::layer::now(sqlite3_vfs*, double* julian_day) {
  *julian_day = 2'460'000.5;
  return SQLITE_OK;
}

int failing_disk::layer::now64(sqlite3_vfs*, sqlite3_int64* julian_ms) {
  *julian_ms = sqlite3_int64{24'600'005} * 8'640'000;
  return SQLITE_OK;
}

int failing_disk::layer::last_error(sqlite3_vfs* vfs, int, char*) {
  failing_disk& disk = disk_of(vfs);
  const std::lock_guard held{disk.mutex_};
  return disk.last_error_;
}

int failing_disk::layer::close(sqlite3_file* of) {
  auto& opened = file_of(of);
  if (opened.is_mapped) unmap(of, 0);
  unlock(of, SQLITE_LOCK_NONE);
  const std::lock_guard held{opened.disk->mutex_};
  delete opened.file;
  --opened.disk->open_files_;
  return SQLITE_OK;
}

int failing_disk::layer::read(sqlite3_file* of, void* into, int size, sqlite3_int64 offset) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  const bytes& content = (*opened.file)->content;
  const auto from = std::min(static_cast<std::size_t>(offset), content.size());
  const auto count = std::min(static_cast<std::size_t>(size), content.size() - from);
  if (count != 0) std::memcpy(into, content.data() + from, count);
  if (count == static_cast<std::size_t>(size)) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + count, 0, static_cast<std::size_t>(size) - count);
  return SQLITE_IOERR_SHORT_READ;
}

int failing_disk::layer::write(sqlite3_file* of, const void* data, int size, sqlite3_int64 offset) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  return opened.disk->write(**opened.file, static_cast<std::uint64_t>(offset), data,
                            static_cast<std::size_t>(size));
}

int failing_disk::layer::truncate(sqlite3_file* of, sqlite3_int64 size) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  return opened.disk->truncate(**opened.file, static_cast<std::uint64_t>(size));
}

int failing_disk::layer::sync(sqlite3_file* of, int) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  return opened.disk->sync(**opened.file);
}

int failing_disk::layer::size(sqlite3_file* of, sqlite3_int64* bytes) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  *bytes = static_cast<sqlite3_int64>((*opened.file)->content.size());
  return SQLITE_OK;
}

int failing_disk::layer::lock(sqlite3_file* of, int level) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  node& file = **opened.file;
  if (level <= opened.lock) return SQLITE_OK;
  const auto other = [&](const open_file* owner) { return owner != nullptr && owner != &opened; };
  if (opened.lock < SQLITE_LOCK_SHARED) {
    if (other(file.exclusive)) return SQLITE_BUSY;
    file.shared.insert(&opened);
    opened.lock = SQLITE_LOCK_SHARED;
  }
  if (level == SQLITE_LOCK_SHARED) return SQLITE_OK;
  if (level == SQLITE_LOCK_RESERVED) {
    if (other(file.reserved) || other(file.exclusive)) return SQLITE_BUSY;
    file.reserved = &opened;
    opened.lock = SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
  }
  if (other(file.exclusive) || other(file.reserved)) return SQLITE_BUSY;
  file.exclusive = &opened;
  opened.lock = SQLITE_LOCK_PENDING;
  if (file.shared.size() > 1) return SQLITE_BUSY;
  opened.lock = SQLITE_LOCK_EXCLUSIVE;
  return SQLITE_OK;
}

int failing_disk::layer::unlock(sqlite3_file* of, int level) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  node& file = **opened.file;
  if (level < SQLITE_LOCK_RESERVED) {
    if (file.reserved == &opened) file.reserved = nullptr;
    if (file.exclusive == &opened) file.exclusive = nullptr;
  }
  if (level == SQLITE_LOCK_NONE) file.shared.erase(&opened);
  opened.lock = std::min(opened.lock, level);
  return SQLITE_OK;
}

int failing_disk::layer::is_reserved(sqlite3_file* of, int* result) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  const node& file = **opened.file;
  *result = file.reserved != nullptr || file.exclusive != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int failing_disk::layer::control(sqlite3_file* of, int operation, void* argument) {
  auto& opened = file_of(of);
  if (operation != sqlite::rename_control) return SQLITE_NOTFOUND;
  failing_disk& disk = *opened.disk;
  const std::lock_guard held{disk.mutex_};
  if (disk.begin_operation() != SQLITE_OK) return SQLITE_IOERR;
  const auto at = std::find_if(disk.nodes_.begin(), disk.nodes_.end(),
                               [&](const auto& each) { return each.second == *opened.file; });
  if (at == disk.nodes_.end()) return SQLITE_IOERR;
  const auto file = at->second;
  disk.nodes_.erase(at);
  disk.nodes_[static_cast<const char*>(argument)] = file;
  return SQLITE_OK;
}

int failing_disk::layer::sector(sqlite3_file*) {
  return 512;
}

// As on Linux: a write that is torn leaves what lies beside it alone.
int failing_disk::layer::characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int failing_disk::layer::map(sqlite3_file* of, int region, int size, int extend,
                             void volatile** into) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  node& file = **opened.file;
  if (!opened.is_mapped) ++file.mapped_by;
  opened.is_mapped = true;
  *into = nullptr;
  const auto wanted = static_cast<std::size_t>(region);
  if (wanted >= file.regions.size() && extend == 0) return SQLITE_OK;
  while (file.regions.size() <= wanted)
    file.regions.push_back(std::make_unique<std::byte[]>(static_cast<std::size_t>(size)));
  *into = file.regions[wanted].get();
  return SQLITE_OK;
}

int failing_disk::layer::lock_slots(sqlite3_file* of, int first, int count, int flags) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  node& file = **opened.file;
  const bool locks = (flags & SQLITE_SHM_LOCK) != 0;
  const bool is_shared = (flags & SQLITE_SHM_SHARED) != 0;
  for (int slot = first; locks && slot < first + count; ++slot) {
    const open_file* owner = file.exclusive_slots[slot];
    if (owner != nullptr && owner != &opened) return SQLITE_BUSY;
    const auto& readers = file.shared_slots[slot];
    if (!is_shared && readers.size() > readers.count(&opened)) return SQLITE_BUSY;
  }
  for (int slot = first; slot < first + count; ++slot) {
    if (is_shared) {
      if (locks) file.shared_slots[slot].insert(&opened);
      if (!locks) file.shared_slots[slot].erase(&opened);
    } else {
      file.exclusive_slots[slot] = locks ? &opened : nullptr;
    }
  }
  return SQLITE_OK;
}

void failing_disk::layer::barrier(sqlite3_file* of) {
  const std::lock_guard held{file_of(of).disk->mutex_};
}

int failing_disk::layer::unmap(sqlite3_file* of, int) {
  auto& opened = file_of(of);
  const std::lock_guard held{opened.disk->mutex_};
  node& file = **opened.file;
  if (!opened.is_mapped) return SQLITE_OK;
  opened.is_mapped = false;
  for (auto& [slot, readers] : file.shared_slots) readers.erase(&opened);
  for (auto& [slot, owner] : file.exclusive_slots) {
    if (owner == &opened) owner = nullptr;
  }
  // The last one takes the memory with it, as the first one would have to rebuild it.
  if (--file.mapped_by == 0) file.regions.clear();
  return SQLITE_OK;
}

}  // namespace reprise
