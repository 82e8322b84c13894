// A picture in memory on its way to the encoder, its bytes counted among those of all pictures for
// as long as anybody holds it.
//
// Shapes   picture_bytes_max at most; its hash is the SHA-256 of its bytes
// Errors   append: false where there is no room for more bytes
// Threads  picture_room: any. A sent_picture is made on one thread, and then only read, on any
// Owns     its bytes, and its share of the room
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "host/picture_header.hpp"
#include "host/sha256.hpp"
#include "host/vision.hpp"

namespace reprise {

class picture_room {
 public:
  explicit picture_room(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {}

  [[nodiscard]] bool try_take(std::size_t bytes) noexcept {
    if (used_.fetch_add(bytes) + bytes <= bytes_max_) return true;
    used_.fetch_sub(bytes);
    return false;
  }
  void give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes); }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  [[nodiscard]] std::size_t bytes_max() const noexcept { return bytes_max_; }

 private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> used_{0};
};

class sent_picture {
 public:
  explicit sent_picture(std::shared_ptr<picture_room> room) : room_{std::move(room)} {}
  ~sent_picture() { room_->give_back(taken_); }
  sent_picture(const sent_picture&) = delete;
  sent_picture& operator=(const sent_picture&) = delete;

  [[nodiscard]] bool append(std::string_view piece) {
    const std::size_t wanted = bytes_.size() + piece.size();
    if (wanted > taken_) {
      const std::size_t grown = std::max(wanted, std::min(2 * taken_, picture_bytes_max));
      if (!room_->try_take(grown - taken_)) return false;
      taken_ = grown;
      bytes_.reserve(grown);
    }
    bytes_ += piece;
    return true;
  }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

  picture_type type = picture_type::jpeg;
  sha256_digest hash{};

 private:
  std::shared_ptr<picture_room> room_;
  std::size_t taken_ = 0;
  std::string bytes_;
};

using picture_ptr = std::shared_ptr<const sent_picture>;

}  // namespace reprise
