// A thread that runs an io_context until it is stopped, and ways to have work done on it.
//
// Errors   start: std::system_error where the system has no thread left
// Threads  all calls from one thread, not its own; run() and wait() block until the work is done,
//          so the thread must run
// Owns     the context and the thread
#pragma once

#include <pthread.h>

#include <future>
#include <memory>
#include <thread>

#include "net/asio.hpp"

namespace reprise {

class context_thread {
 public:
  explicit context_thread(const char* name) : guard_{context_.get_executor()}, name_{name} {}
  context_thread(const context_thread&) = delete;
  context_thread& operator=(const context_thread&) = delete;
  ~context_thread() { stop(); }

  [[nodiscard]] net::io_context& context() noexcept { return context_; }
  void start() {
    thread_ = std::thread{[this] { context_.run(); }};
    ::pthread_setname_np(thread_.native_handle(), name_);
  }
  void stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  // asked() runs there.
  template <typename Asked>
  void run(Asked asked) {
    wait([&](const auto& ended) {
      asked();
      ended();
    });
  }
  // asked(ended) runs there, and has ended() called when it is done.
  template <typename Asked>
  void wait(Asked asked) {
    const auto ended = std::make_shared<std::promise<void>>();  // set_value() may outlast the wait
    net::post(context_, [&asked, ended] { asked([ended] { ended->set_value(); }); });
    ended->get_future().wait();
  }

 private:
  net::io_context context_{1};
  net::executor_work_guard<net::io_context::executor_type> guard_;
  const char* name_;
  std::thread thread_;
};

}  // namespace reprise
