// A thread that runs one io_context until it is told to end.
//
// Errors   an exception of a handler ends the process: it is a broken invariant
// Threads  made and finished by one thread. After finish() what the handlers held is that thread's
// Owns     the thread, not the io_context
#pragma once

#include <thread>

#include "net/asio.hpp"

namespace reprise {

class network_thread {
 public:
  explicit network_thread(net::io_context& io)
      : io_{io}, work_{net::make_work_guard(io)}, thread_{[&io] { io.run(); }} {}
  network_thread(const network_thread&) = delete;
  network_thread& operator=(const network_thread&) = delete;
  ~network_thread() { finish(); }

  void finish() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  net::io_context& io_;
  net::executor_work_guard<net::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace reprise
