// Loaded before the C library into a program under test, this makes its disk do as files say that
// stand in the directory HELD_DISK: `hold-NAME` keeps the thread of that name in its next read or
// write of a database, `full` refuses writes as a full disk does, `unsynced` fails syncs.
#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr ::useconds_t look_again_us = 2'000;

// Where HELD_DISK says nothing, nothing is ever told.
bool is_told(const char* what) {
  const char* const directory = std::getenv("HELD_DISK");
  char path[512];
  if (directory == nullptr) return false;
  std::snprintf(path, sizeof path, "%s/%s", directory, what);
  return ::access(path, F_OK) == 0;
}

bool is_database(int file) {
  char link[64], path[512];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ::ssize_t length = ::readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return std::strstr(path, ".db") != nullptr;
}

void stay_while_held(int file) {
  char name[16] = {}, gate[32];
  ::prctl(PR_GET_NAME, name);
  std::snprintf(gate, sizeof gate, "hold-%s", name);
  while (is_told(gate) && is_database(file)) ::usleep(look_again_us);
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

::ssize_t pread64(int file, void* into, std::size_t count, ::off64_t at) {
  static const auto real = next<::ssize_t (*)(int, void*, std::size_t, ::off64_t)>("pread64");
  stay_while_held(file);
  return real(file, into, count, at);
}

::ssize_t pwrite64(int file, const void* from, std::size_t count, ::off64_t at) {
  static const auto real =
      next<::ssize_t (*)(int, const void*, std::size_t, ::off64_t)>("pwrite64");
  stay_while_held(file);
  if (is_told("full") && is_database(file)) {
    errno = ENOSPC;
    return -1;
  }
  return real(file, from, count, at);
}

int fdatasync(int file) {
  static const auto real = next<int (*)(int)>("fdatasync");
  if (is_told("unsynced") && is_database(file)) {
    errno = EIO;
    return -1;
  }
  return real(file);
}
}
