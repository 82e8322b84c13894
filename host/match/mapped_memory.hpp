// Zeroed memory straight from the system: taken up whole, in huge pages where the system gives
// them, at once or when populate() is called; or page by page as it is touched.
//
// Errors   make: empty where the system refuses
// Threads  one at a time; populate() on any, whatever others do with the memory meanwhile
// Owns     the mapping; move-only
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace reprise {

class mapped_memory {
 public:
  // populated: what is touched before that is taken up then.
  enum class pages { at_once, populated, on_touch };
  [[nodiscard]] static std::optional<mapped_memory> make(std::size_t bytes, pages taken) noexcept;

  mapped_memory() noexcept = default;
  mapped_memory(mapped_memory&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, bytes_{std::exchange(other.bytes_, 0)} {}
  mapped_memory& operator=(mapped_memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~mapped_memory();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::span<std::byte> span() const noexcept { return {data_, bytes_}; }

  // Takes up the pages of such memory, which keeps what it holds and must outlive the call.
  static void populate(std::span<std::byte> memory) noexcept;

  // Hands the pages back to the system; the memory reads as zeros afterwards.
  void release_pages() noexcept;

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

// Lays arrays behind one another, each on a cache line of its own. Two passes over the same code:
// the first, without memory, only adds up the bytes.
class memory_layout {
 public:
  explicit memory_layout(std::byte* data) noexcept : data_{data} {}

  template <typename T>
  [[nodiscard]] T* take(std::size_t count) noexcept {
    std::byte* place = data_ == nullptr ? nullptr : data_ + bytes_;
    bytes_ += (count * sizeof(T) + 63) / 64 * 64;
    return reinterpret_cast<T*>(place);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::byte* data_;
  std::size_t bytes_ = 0;
};

}  // namespace reprise
