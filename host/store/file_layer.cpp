#include "host/store/file_layer.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "host/match/assert.hpp"
#include "host/printable.hpp"

namespace reprise::sqlite {
namespace {

sqlite3_vfs* layer_of(const std::string& vfs) {
  sqlite3_initialize();
  sqlite3_vfs* found = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
  REPRISE_ASSERT(found != nullptr);
  return found;
}

failure failure_of(const std::string& path, errc code, const char* why) {
  std::string text = printable(path);
  text.append(": ").append(why);
  return {code, std::move(text)};
}

failure system_failure(const std::string& path, int error) {
  return failure_of(path, error == ENOSPC || error == EDQUOT ? errc::storage_full : errc::io_failed,
                    std::strerror(error));
}

failure layer_failure(const std::string& path, int code) {
  return failure_of(path, errc::io_failed, sqlite3_errstr(code));
}

outcome<void> rename_on_system(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return system_failure(from, errno);
  const auto parent = std::filesystem::path{to}.parent_path();
  const std::string folder = parent.empty() ? std::string{"."} : parent.string();
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened == -1) return system_failure(folder, errno);
  const int error = ::fsync(opened) == 0 ? 0 : errno;
  ::close(opened);
  if (error != 0) return system_failure(folder, error);
  return {};
}

outcome<void> rename_on_layer(sqlite3_vfs* layer, const std::string& from, const std::string& to) {
  // SQLite wants the name of a file to be followed by a second zero byte.
  std::vector<char> name(from.begin(), from.end());
  name.resize(from.size() + 2, '\0');
  std::vector<std::max_align_t> memory(
      static_cast<std::size_t>(layer->szOsFile) / sizeof(std::max_align_t) + 1);
  auto* file = reinterpret_cast<sqlite3_file*>(memory.data());
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_DB;
  const int opened = layer->xOpen(layer, name.data(), file, flags, &flags);
  if (opened != SQLITE_OK) return layer_failure(from, opened);
  std::string target = to;
  const int renamed = file->pMethods->xFileControl(file, rename_control, target.data());
  file->pMethods->xClose(file);
  if (renamed != SQLITE_OK) return layer_failure(from, renamed);
  return {};
}

}  // namespace

bool file_exists(const std::string& vfs, const std::string& path) {
  sqlite3_vfs* layer = layer_of(vfs);
  int exists = 0;
  const int code = layer->xAccess(layer, path.c_str(), SQLITE_ACCESS_EXISTS, &exists);
  return code == SQLITE_OK && exists != 0;
}

outcome<void> remove_file(const std::string& vfs, const std::string& path) {
  sqlite3_vfs* layer = layer_of(vfs);
  const int code = layer->xDelete(layer, path.c_str(), 1);
  if (code == SQLITE_OK || code == SQLITE_IOERR_DELETE_NOENT) return {};
  return layer_failure(path, code);
}

outcome<void> rename_file(const std::string& vfs, const std::string& from, const std::string& to) {
  return vfs.empty() ? rename_on_system(from, to) : rename_on_layer(layer_of(vfs), from, to);
}

}  // namespace reprise::sqlite
