// The service under measurement: `reprise serve` as a process of its own, and what the system says
// of it.
//
// Errors   start: io_failed where it cannot be started, or ends before it listens, with its last
//          lines; sample: io_failed once it has gone; await_ready: loading, where
//          it is not ready in minutes
// Threads  one at a time; sample() may be called from another than made it
// Owns     the process, which is ended with it, and a thread that reads its log
// Source   /proc/PID/stat and statm: proc(5)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "host/clock.hpp"
#include "host/failure.hpp"

namespace reprise::bench {

// A folder that is removed with what is in it.
class scratch_folder {
 public:
  [[nodiscard]] static outcome<std::unique_ptr<scratch_folder>> make();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit scratch_folder(std::string path) : path_{std::move(path)} {}
  std::string path_;
};

struct process_sample {
  steady_time at{};
  double cpu_seconds = 0;  // of all its threads, since its start
  double resident_bytes = 0;
};

class child_service {
 public:
  // Waits until it listens, on a port of its own choice. It may poll and post to this machine.
  [[nodiscard]] static outcome<std::unique_ptr<child_service>> start(const std::string& program,
                                                                     const std::string& data_dir);
  child_service(const child_service&) = delete;
  child_service& operator=(const child_service&) = delete;
  ~child_service();  // as kill

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] steady_time started() const noexcept { return started_; }
  [[nodiscard]] outcome<process_sample> sample() const;
  // Until /readyz says so.
  [[nodiscard]] outcome<void> await_ready() const;
  // Ends it as a supervisor does; fails where it does not end well.
  [[nodiscard]] outcome<void> stop();
  // The warnings and errors that it has logged, the last of them.
  [[nodiscard]] std::string last_lines();

 private:
  child_service(pid_t process, int log);
  void read_log(int log);
  void take_line(const std::string& line);
  int wait();

  pid_t process_;
  steady_time started_;
  std::string url_;
  std::promise<std::string> port_;
  bool port_told_ = false;  // of the log thread
  std::mutex mutex_;
  std::deque<std::string> lines_;
  std::thread log_thread_;
};

}  // namespace reprise::bench
