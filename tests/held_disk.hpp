// A disk of the real service that a test holds, fills or breaks while the service runs.
//
// Threads  any
// Owns     the directory in which what the disk is told stands; it must outlive the service
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/served_program.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {

class held_disk {
 public:
  // The setting of a service on this disk.
  [[nodiscard]] serve_setting under(serve_setting setting) const {
    setting.environment["HELD_DISK"] = told_.path();
    setting.environment["LD_PRELOAD"] = REPRISE_HELD_DISK;
    // The sanitizer's own library would have to be first otherwise.
    const char* const options = std::getenv("ASAN_OPTIONS");
    setting.environment["ASAN_OPTIONS"] =
        std::string{options == nullptr ? "" : options} + ":verify_asan_link_order=0";
    return setting;
  }
  // What is told holds from the next read, write or sync on: "hold-" with the name of a thread,
  // "full", "unsynced".
  void tell(const std::string& what) const { std::ofstream{told_.path() + "/" + what}; }
  void untell(const std::string& what) const { std::filesystem::remove(told_.path() + "/" + what); }

 private:
  temporary_directory told_;
};

}  // namespace reprise
