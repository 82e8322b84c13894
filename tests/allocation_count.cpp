#include "tests/allocation_count.hpp"

#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

namespace {
constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

std::atomic<std::uint64_t> allocations{0};
thread_local std::size_t refused_from = none;  // bytes
}  // namespace

// The whole family, so that a sanitizer's own operators are not mixed with these.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return bytes < refused_from ? std::malloc(bytes) : nullptr;
}
void* operator new(std::size_t bytes) {
  if (void* place = operator new(bytes, std::nothrow)) return place;
  throw std::bad_alloc{};
}
void* operator new[](std::size_t bytes) {
  return operator new(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return operator new(bytes, std::nothrow);
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
  std::free(place);
}
void operator delete[](void* place) noexcept {
  std::free(place);
}
void operator delete[](void* place, std::size_t) noexcept {
  std::free(place);
}

namespace reprise {

std::uint64_t allocation_count() noexcept {
  return allocations.load();
}

refused_memory::refused_memory(std::size_t bytes) noexcept {
  refused_from = bytes;
}
refused_memory::~refused_memory() {
  refused_from = none;
}

}  // namespace reprise
