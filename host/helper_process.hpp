// A helper process: a program of ours that runs apart, because it links a heavy library or may
// crash, and writes its results to a pipe.
//
// Errors   helper_missing: it is not installed; helper_failed: it could not be started, got nowhere
//          for too long or passed the time of its whole run (it is then killed), or ended badly;
//          output_closed: it reads no more; stopping: it was cancelled and killed
// Threads  one at a time
// Owns     the process: the destructor kills and reaps it
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/cancel_signal.hpp"
#include "host/failure.hpp"
#include "host/thread_priority.hpp"

namespace reprise {

// Where the helper programs are: REPRISE_LIBEXEC, else ../libexec/reprise beside the running
// program.
[[nodiscard]] std::string helper_path(const std::string& program);

// The first argument of every helper: how much address space it may take, or 0, no limit, where a
// sanitizer reserves terabytes of it.
[[nodiscard]] std::string memory_argument(std::uint64_t bytes_max);

struct helper_options {
  bool has_input = false;  // its standard input is what is written; else it is empty
  thread_priority priority = thread_priority::normal;
  // From its start to its end, whatever it says meanwhile; or until allow().
  std::optional<std::chrono::milliseconds> run_max = {};
  // Ends each wait at once; outlives the process.
  const cancel_signal* cancel = nullptr;
};

class helper_process {
 public:
  // Runs `program` with `arguments`; its standard error is ours.
  [[nodiscard]] static outcome<helper_process> start(const std::string& program,
                                                     const std::vector<std::string>& arguments,
                                                     const helper_options& options = {});
  helper_process(helper_process&& other) noexcept;
  helper_process& operator=(helper_process&&) = delete;
  ~helper_process();

  // What it does from now on has so much time, instead of what was left.
  void allow(std::chrono::milliseconds run_max);
  // Whether it has ended, or says something: of one that was asked nothing, that it is of no use.
  [[nodiscard]] bool is_stirring() const;

  // All of the bytes to its input. Waits at most `silence_max` for it to take some. After
  // output_closed it may still have said why: read() tells.
  [[nodiscard]] outcome<void> write(std::span<const std::byte> bytes,
                                    std::chrono::milliseconds silence_max);
  void close_input() noexcept;
  // Bytes of its output into `buffer`, 0 at the end of it. Waits at most `silence_max`.
  [[nodiscard]] outcome<std::size_t> read(std::span<std::byte> buffer,
                                          std::chrono::milliseconds silence_max);
  // Waits for its end, at most `silence_max`; a failure unless it ended by itself with status 0.
  [[nodiscard]] outcome<void> finish(std::chrono::milliseconds silence_max);

 private:
  using time_point = std::chrono::steady_clock::time_point;

  helper_process(std::string name, const helper_options& options) noexcept;
  [[nodiscard]] outcome<void> spawn(const std::string& program,
                                    const std::vector<std::string>& arguments);
  // Until poll(2) finds one of `events`.
  [[nodiscard]] outcome<void> await(int descriptor, short events,
                                    std::chrono::milliseconds silence_max);
  [[nodiscard]] outcome<void> check_wanted();
  [[nodiscard]] std::chrono::milliseconds before_deadline(std::chrono::milliseconds slice) const;
  failure stopped(errc code, const std::string& why);
  void kill() noexcept;

  std::string name_;
  helper_options options_;
  std::optional<time_point> deadline_;
  pid_t process_ = -1;  // -1: reaped
  int input_ = -1;
  int output_ = -1;
};

}  // namespace reprise
