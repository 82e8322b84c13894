#include "host/worker_thread.hpp"

#include <pthread.h>

#include <utility>

namespace reprise {
worker_thread::worker_thread(const std::string& name, thread_priority priority)
    : thread_{[this, priority] { run(priority); }} {
  ::pthread_setname_np(thread_.native_handle(), name.c_str());
}

worker_thread::~worker_thread() {
  finish();
}

void worker_thread::post(task run) {
  {
    const std::scoped_lock lock{mutex_};
    if (ending_) return;
    tasks_.push_back(std::move(run));
  }
  wake_.notify_one();
}

void worker_thread::finish() {
  {
    const std::scoped_lock lock{mutex_};
    ending_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void worker_thread::run(thread_priority priority) {
  if (priority == thread_priority::lowest) lower_priority(0);
  std::unique_lock lock{mutex_};
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    task next = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    next();
    next = nullptr;  // what it holds goes outside the lock
    lock.lock();
  }
}

}  // namespace reprise
