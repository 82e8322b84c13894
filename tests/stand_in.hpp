// A shell script in the place of a helper program, for as long as it lives.
//
// Threads  one of them at a time in a process
// Owns     the folder that REPRISE_LIBEXEC names meanwhile
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/temporary_directory.hpp"

namespace reprise {

class stand_in {
 public:
  explicit stand_in(const std::string& script, const std::string& program = "reprise-train") {
    const std::string path = folder_.path() + "/" + program;
    std::ofstream{path} << "#!/bin/sh\n" << script << "\n";
    chmod(path.c_str(), 0755);
    setenv("REPRISE_LIBEXEC", folder_.path().c_str(), 1);
  }
  stand_in(const stand_in&) = delete;
  ~stand_in() { unsetenv("REPRISE_LIBEXEC"); }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_.path(); }

 private:
  temporary_directory folder_;
};

}  // namespace reprise
