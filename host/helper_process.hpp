// A helper process: a program of ours that runs apart, because it links a heavy library or may
// crash, and writes its results to a pipe.
//
// Errors   helper_failed: it is not installed, could not be started, said nothing for too long (it
//          is then killed), or ended badly
// Threads  one at a time
// Owns     the process: the destructor kills and reaps it
#pragma once

#include <sys/types.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "host/failure.hpp"

namespace reprise {

// Where the helper programs are: REPRISE_LIBEXEC, else ../libexec/reprise beside the running
// program.
[[nodiscard]] std::string helper_path(const std::string& program);

class helper_process {
 public:
  // Runs `program` with `arguments`; its standard input is empty, its standard error ours.
  [[nodiscard]] static outcome<helper_process> start(const std::string& program,
                                                     const std::vector<std::string>& arguments);
  helper_process(helper_process&& other) noexcept;
  helper_process& operator=(helper_process&&) = delete;
  ~helper_process();

  // Bytes of its output into `buffer`, 0 at the end of it. Waits at most `silence_max`.
  [[nodiscard]] outcome<std::size_t> read(std::span<std::byte> buffer,
                                          std::chrono::milliseconds silence_max);
  // Waits for its end, at most `silence_max`; a failure unless it ended by itself with status 0.
  [[nodiscard]] outcome<void> finish(std::chrono::milliseconds silence_max);

 private:
  helper_process(std::string name, pid_t process, int output) noexcept
      : name_{std::move(name)}, process_{process}, output_{output} {}
  void kill() noexcept;

  std::string name_;
  pid_t process_ = -1;  // -1: reaped
  int output_ = -1;
};

}  // namespace reprise
