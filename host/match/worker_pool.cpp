#include "host/match/worker_pool.hpp"

namespace reprise {

worker_pool::worker_pool(unsigned count) {
  try {
    threads_.reserve(count);
    for (unsigned worker = 1; worker < count; ++worker) {
      threads_.emplace_back([this, worker] { serve(worker); });
    }
  } catch (...) {
    stop();
    throw;
  }
}

worker_pool::~worker_pool() {
  stop();
}

void worker_pool::stop() noexcept {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  started_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void worker_pool::run(worker_task& task) {
  {
    const std::lock_guard lock{mutex_};
    task_ = &task;
    busy_ = static_cast<unsigned>(threads_.size());
    ++round_;
  }
  started_.notify_all();
  task.work(0);
  std::unique_lock lock{mutex_};
  finished_.wait(lock, [this] { return busy_ == 0; });
  task_ = nullptr;
}

void worker_pool::serve(unsigned worker) {
  std::uint64_t done = 0;
  std::unique_lock lock{mutex_};
  for (;;) {
    started_.wait(lock, [&] { return stopping_ || round_ != done; });
    if (stopping_) return;
    done = round_;
    worker_task* task = task_;
    lock.unlock();
    task->work(worker);
    lock.lock();
    if (--busy_ == 0) finished_.notify_one();
  }
}

}  // namespace reprise
