// What this program allocates: its operator new counts, and refuses what a test says.
//
// Threads  allocation_count: any. A refused_memory holds for the thread that made it
#pragma once

#include <cstddef>
#include <cstdint>

namespace reprise {

[[nodiscard]] std::uint64_t allocation_count() noexcept;

// For as long as it is there, allocations of so many bytes or more throw std::bad_alloc.
class refused_memory {
 public:
  explicit refused_memory(std::size_t bytes) noexcept;
  refused_memory(const refused_memory&) = delete;
  refused_memory& operator=(const refused_memory&) = delete;
  ~refused_memory();
};

}  // namespace reprise
