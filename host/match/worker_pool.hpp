// Threads that sleep between batches and share the work of one.
//
// Threads  run() by one caller at a time; the caller works too, as worker 0
// Owns     `count` - 1 threads, joined on destruction
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace reprise {

class worker_task {
 public:
  // Called once by each worker, at the same time; returns when nothing is left to claim.
  virtual void work(unsigned worker) = 0;

 protected:
  ~worker_task() = default;
};

class worker_pool {
 public:
  // Throws std::system_error or std::bad_alloc where the system gives no more threads; those that
  // were started are joined.
  explicit worker_pool(unsigned count);
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  [[nodiscard]] unsigned count() const noexcept {
    return static_cast<unsigned>(threads_.size()) + 1;
  }
  // Returns when every worker has returned from task.work().
  void run(worker_task& task);

 private:
  void serve(unsigned worker);
  void stop() noexcept;

  std::mutex mutex_;
  std::condition_variable started_;
  std::condition_variable finished_;
  std::uint64_t round_ = 0;
  unsigned busy_ = 0;
  bool stopping_ = false;
  worker_task* task_ = nullptr;
  std::vector<std::thread> threads_;
};

}  // namespace reprise
