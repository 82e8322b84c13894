#include "host/library/library_place.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/printable.hpp"
#include "host/store/data_directory.hpp"

namespace reprise {

std::string library_path(const std::string& directory) {
  return directory + "/library.db";
}

outcome<std::unique_ptr<library_file>> open_library_to_read(const std::string& directory) {
  const std::string path = library_path(directory);
  if (::access(path.c_str(), F_OK) != 0) {
    return failure{errc::io_failed, printable(path) + ": " + std::strerror(errno)};
  }
  {
    const auto held = data_directory::try_hold(directory);
    if (!held) return held.error();
    if (*held != nullptr) {
      if (const auto ordered = library_file{path, ""}.open(); !ordered) return ordered.error();
    }
  }
  auto file = std::make_unique<library_file>(path, "");
  if (const auto opened = file->open_reader(); !opened) return opened.error();
  return file;
}

}  // namespace reprise
