// The real program as a service: `reprise serve` on loopback, on a data directory of the test, to
// be stopped or killed and started again.
//
// Errors   what goes wrong fails the test, with what the program has logged
// Threads  one at a time; kill() from any
// Owns     the process; the destructor kills it
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>

namespace reprise {

class served_program {
 public:
  // `directory` holds the data and the log.
  explicit served_program(std::string directory) : directory_{std::move(directory)} {}
  ~served_program();
  served_program(const served_program&) = delete;
  served_program& operator=(const served_program&) = delete;

  // Until it listens.
  void start();
  // Its answer is awaited: drained, exit status 0.
  void stop();
  // As kill -9, at any moment; await_end() belongs behind it.
  void kill();
  void await_end();
  [[nodiscard]] std::string url() const;
  // What all its processes have logged.
  [[nodiscard]] std::string log() const;

 private:
  std::string directory_;
  std::atomic<pid_t> process_{0};
  std::size_t log_read_ = 0;  // before the present process
  std::string port_;
};

}  // namespace reprise
