// A signal, given once, that ends the reads of the byte sources that were opened with it, also one
// that waits for input.
//
// Errors   make_cancel_signal: io_failed where the system has no descriptor left
// Threads  any; cancel() from anywhere
// Owns     one descriptor; it outlives the sources that hear it
#pragma once

#include <atomic>
#include <memory>

#include "host/failure.hpp"

namespace reprise {

class cancel_signal {
 public:
  explicit cancel_signal(int opened) noexcept : opened_{opened} {}
  cancel_signal(const cancel_signal&) = delete;
  cancel_signal& operator=(const cancel_signal&) = delete;
  ~cancel_signal();

  void cancel() noexcept;
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
  // poll(2) finds it readable once cancelled.
  [[nodiscard]] int descriptor() const noexcept { return opened_; }

 private:
  int opened_;
  std::atomic<bool> cancelled_{false};
};

[[nodiscard]] outcome<std::unique_ptr<cancel_signal>> make_cancel_signal();

}  // namespace reprise
