// The bytes of one body in memory, counted among those of all requests for as long as it lives.
//
// Threads  the API's executor
// Owns     what it holds of the count; the count outlives it
#pragma once

#include <cstddef>

namespace reprise {

class body_share {
 public:
  body_share(std::size_t& all_bytes, std::size_t bytes_max) noexcept
      : all_bytes_{all_bytes}, bytes_max_{bytes_max} {}
  ~body_share() { all_bytes_ -= held_; }
  body_share(const body_share&) = delete;
  body_share& operator=(const body_share&) = delete;

  // So many instead of what it holds. False where there is no room; it then holds what it did.
  [[nodiscard]] bool try_hold(std::size_t bytes) noexcept {
    if (all_bytes_ - held_ + bytes > bytes_max_) return false;
    all_bytes_ += bytes - held_;
    held_ = bytes;
    return true;
  }
  void drop() noexcept {
    all_bytes_ -= held_;
    held_ = 0;
  }

 private:
  std::size_t& all_bytes_;
  std::size_t bytes_max_;
  std::size_t held_ = 0;
};

}  // namespace reprise
