#include "host/match/mapped_memory.hpp"

#include <sys/mman.h>

#include <algorithm>

namespace reprise {
namespace {

// The system takes pages up under a lock of the whole process, in which no mapping is made or given
// back: it is held no longer than for a huge page.
constexpr std::size_t populate_bytes = std::size_t{2} << 20;

}  // namespace

std::optional<mapped_memory> mapped_memory::make(std::size_t bytes, pages taken) noexcept {
  void* place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return std::nullopt;
  // Advice only: without huge pages everything works, a few per cent slower. What is touched late
  // stays in small ones, lest a huge page of its neighbour reach into it.
  if (taken != pages::on_touch) static_cast<void>(madvise(place, bytes, MADV_HUGEPAGE));
  mapped_memory made;
  made.data_ = static_cast<std::byte*>(place);
  made.bytes_ = bytes;
  if (taken == pages::at_once) populate(made.span());
  return made;
}

void mapped_memory::populate(std::span<std::byte> memory) noexcept {
  while (!memory.empty()) {
    const std::size_t bytes = std::min(memory.size(), populate_bytes);
    static_cast<void>(madvise(memory.data(), bytes, MADV_POPULATE_WRITE));
    memory = memory.subspan(bytes);
  }
}

mapped_memory::~mapped_memory() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

void mapped_memory::release_pages() noexcept {
  if (data_ != nullptr) static_cast<void>(madvise(data_, bytes_, MADV_DONTNEED));
}

}  // namespace reprise
