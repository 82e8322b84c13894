#include "host/match/mapped_memory.hpp"

#include <sys/mman.h>

namespace reprise {

std::optional<mapped_memory> mapped_memory::make(std::size_t bytes, pages taken) noexcept {
  void* place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return std::nullopt;
  // Advice only: without huge pages everything works, a few per cent slower. What is touched late
  // stays in small ones, lest a huge page of its neighbour reach into it.
  if (taken == pages::at_once) {
    static_cast<void>(madvise(place, bytes, MADV_HUGEPAGE));
    static_cast<void>(madvise(place, bytes, MADV_POPULATE_WRITE));
  }
  mapped_memory made;
  made.data_ = static_cast<std::byte*>(place);
  made.bytes_ = bytes;
  return made;
}

mapped_memory::~mapped_memory() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

void mapped_memory::release_pages() noexcept {
  if (data_ != nullptr) static_cast<void>(madvise(data_, bytes_, MADV_DONTNEED));
}

}  // namespace reprise
