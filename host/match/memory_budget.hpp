// How much host memory the histories of all channels may take, and how much they have.
//
// Shapes   bytes as if every page that a channel may ever touch were touched
// Errors   try_take refuses what does not fit
// Threads  one at a time: whoever calls the matchers that share it
#pragma once

#include <cstddef>

#include "host/match/assert.hpp"

namespace reprise {

class memory_budget {
 public:
  explicit memory_budget(std::size_t bytes_max) : bytes_max_{bytes_max} {}

  [[nodiscard]] bool try_take(std::size_t bytes) noexcept {
    if (bytes > bytes_max_ - bytes_used_) return false;
    bytes_used_ += bytes;
    return true;
  }
  void give_back(std::size_t bytes) noexcept {
    REPRISE_ASSERT(bytes <= bytes_used_);
    bytes_used_ -= bytes;
  }
  [[nodiscard]] std::size_t bytes_used() const noexcept { return bytes_used_; }
  [[nodiscard]] std::size_t bytes_max() const noexcept { return bytes_max_; }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_used_ = 0;
};

}  // namespace reprise
