#include "host/store/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include "host/printable.hpp"

namespace reprise {
namespace {

constexpr std::chrono::milliseconds look_each{50};  // whether it is free

failure io_failure(const std::string& path, const std::string& why) {
  return {errc::io_failed, printable(path) + ": " + why};
}

std::string lock_of(const std::string& directory) {
  return directory + "/lock";
}

std::string own_pid_line() {
  return std::to_string(::getpid()) + "\n";
}

// The first line is the holder's pid; the second, if any, where its service listens.
std::optional<std::string> line_in(const std::string& lock_file, int number) {
  std::ifstream file{lock_file};
  std::string line;
  for (int read = 0; read < number; ++read) {
    if (!std::getline(file, line)) return std::nullopt;
  }
  return line.empty() ? std::nullopt : std::optional{line};
}

}  // namespace

outcome<std::unique_ptr<data_directory>> data_directory::hold(const std::string& path,
                                                              std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  for (;;) {
    auto held = try_hold(path);
    if (!held || *held != nullptr) return held;
    if (service_of(path) || std::chrono::steady_clock::now() >= until) return in_use(path);
    std::this_thread::sleep_for(look_each);
  }
}

failure data_directory::in_use(const std::string& path) {
  return io_failure(
      path, "in use by the process with the pid " + line_in(lock_of(path), 1).value_or("unknown"));
}

std::optional<std::string> data_directory::service_of(const std::string& path) {
  return line_in(lock_of(path), 2);
}

void data_directory::tell_service(const std::string& address) {
  const std::string line = address + "\n";
  const auto behind_pid = static_cast<::off_t>(own_pid_line().size());
  [[maybe_unused]] const auto written = ::pwrite(lock_, line.data(), line.size(), behind_pid);
}

outcome<std::unique_ptr<data_directory>> data_directory::try_hold(const std::string& path) {
  std::error_code failed;
  // What is in it is nobody else's: credentials of sources stand in the stores.
  const bool made = std::filesystem::create_directories(path, failed);
  if (made && !failed) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
  }
  if (failed) return io_failure(path, failed.message());
  const std::string file = lock_of(path);
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock == -1) return io_failure(file, std::strerror(errno));
  auto held = std::unique_ptr<data_directory>{new data_directory{path, lock}};
  if (::flock(lock, LOCK_EX | LOCK_NB) == -1) {
    if (errno != EWOULDBLOCK) return io_failure(file, std::strerror(errno));
    return std::unique_ptr<data_directory>{};
  }
  const std::string pid = own_pid_line();
  if (::ftruncate(lock, 0) == -1 ||
      ::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<::ssize_t>(pid.size())) {
    return io_failure(file, std::strerror(errno));
  }
  return held;
}

data_directory::~data_directory() {
  ::close(lock_);
}

}  // namespace reprise
