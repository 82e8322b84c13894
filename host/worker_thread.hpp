// An executor that is one thread of its own.
//
// Errors   make throws std::system_error where the system has no thread left
// Threads  as executor.hpp; finish() and the destructor from one thread, none of its own tasks
// Owns     the thread. What bounds the number of waiting tasks is whoever posts them
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "host/executor.hpp"
#include "host/thread_priority.hpp"

namespace reprise {

class worker_thread final : public executor {
 public:
  // `name`: at most 15 bytes, for the system's tools.
  explicit worker_thread(const std::string& name,
                         thread_priority priority = thread_priority::normal);
  ~worker_thread() override;  // as finish()
  void post(task run) override;
  // Runs what was posted, then ends the thread. Later tasks are destroyed without being run.
  void finish();

 private:
  void run(thread_priority priority);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<task> tasks_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace reprise
