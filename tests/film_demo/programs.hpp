// Runs other programs for the film demo, and gives it a folder that is gone when the demo ends.
//
// Errors   helper_failed with the program's name and status; what it says goes to our standard
//          error
// Threads  run() and run_all() may be called at once
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/failure.hpp"

namespace reprise::film_demo {

using words = std::vector<std::string>;

// Runs a program to its end; gives what it wrote to standard output.
[[nodiscard]] outcome<std::string> run(const words& command);
// Runs several, as many at once as there are cores; the first failure.
[[nodiscard]] outcome<void> run_all(const std::vector<words>& commands);

// ffmpeg with the options that every call has: quiet, overwriting, one thread for each process.
[[nodiscard]] words ffmpeg(const words& arguments);

class scratch_folder {
 public:
  scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  ~scratch_folder();
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace reprise::film_demo
