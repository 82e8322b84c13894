// A directory of a test's own, which goes with it.
//
// Errors   asserted: the system gives one
// Threads  one at a time
// Owns     the directory and all in it
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "host/match/assert.hpp"

namespace reprise {

class temporary_directory {
 public:
  temporary_directory()
      : path_{(std::filesystem::temp_directory_path() / "reprise-XXXXXX").string()} {
    const char* made = ::mkdtemp(path_.data());
    REPRISE_ASSERT(made != nullptr);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace reprise
