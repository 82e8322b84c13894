// The data directory: made where it is missing, for its owner alone, and held by one process at a
// time.
//
// Errors   io_failed; hold: one that another process holds names that process's pid. A holder that
//          is no service is waited for, hold_wait_max: a command that reads the library holds its
//          directory while it brings it in order
// Threads  one at a time
// Owns     the lock, for as long as it lives; the system drops it with the process
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "host/failure.hpp"

namespace reprise {

class data_directory {
 public:
  static constexpr std::chrono::milliseconds hold_wait_max{5'000};

  [[nodiscard]] static outcome<std::unique_ptr<data_directory>> hold(
      const std::string& path, std::chrono::milliseconds wait = hold_wait_max);
  // Nothing where another process holds it: in_use() then says which.
  [[nodiscard]] static outcome<std::unique_ptr<data_directory>> try_hold(const std::string& path);
  [[nodiscard]] static failure in_use(const std::string& path);
  // Where the service listens that holds it. Nothing where its holder is no service, or does not
  // listen yet.
  [[nodiscard]] static std::optional<std::string> service_of(const std::string& path);
  data_directory(const data_directory&) = delete;
  data_directory& operator=(const data_directory&) = delete;
  ~data_directory();
  // The holder is a service that listens there. What cannot be written is not found by others.
  void tell_service(const std::string& address);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  data_directory(std::string path, int lock) : path_{std::move(path)}, lock_{lock} {}
  std::string path_;
  int lock_;
};

}  // namespace reprise
