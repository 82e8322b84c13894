// Owners of what the CUDA runtime gives out, and its errors as exceptions; for .cu files alone.
//
// Errors   cuda_failure; nothing above cuda_device.cu sees one
// Threads  one at a time, with the device current
// Owns     device_buffer: device memory of a pool, in a stream's order; pinned_buffer: host memory
//          that a device copies from by itself; stream and event handles
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <span>
#include <utility>

namespace reprise {

struct cuda_failure {
  cudaError_t code;
};

inline void check(cudaError_t code) {
  if (code == cudaSuccess) return;
  // An error that passes is not told again; after one that stays no call is made.
  if (code == cudaErrorMemoryAllocation) static_cast<void>(cudaGetLastError());
  throw cuda_failure{code};
}

class stream {
 public:
  stream() { check(cudaStreamCreateWithFlags(&handle_, cudaStreamNonBlocking)); }
  ~stream() { cudaStreamDestroy(handle_); }
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  [[nodiscard]] cudaStream_t get() const noexcept { return handle_; }
  void wait() const { check(cudaStreamSynchronize(handle_)); }

 private:
  cudaStream_t handle_ = nullptr;
};

class event {
 public:
  event() { check(cudaEventCreateWithFlags(&handle_, cudaEventDisableTiming)); }
  ~event() { cudaEventDestroy(handle_); }
  event(const event&) = delete;
  event& operator=(const event&) = delete;
  void record(const stream& in) { check(cudaEventRecord(handle_, in.get())); }
  void wait() const { check(cudaEventSynchronize(handle_)); }

 private:
  cudaEvent_t handle_ = nullptr;
};

class memory_pool {
 public:
  explicit memory_pool(int device) {
    cudaMemPoolProps wanted{};
    wanted.allocType = cudaMemAllocationTypePinned;
    wanted.location = {cudaMemLocationTypeDevice, device};
    check(cudaMemPoolCreate(&handle_, &wanted));
  }
  ~memory_pool() { cudaMemPoolDestroy(handle_); }
  memory_pool(const memory_pool&) = delete;
  memory_pool& operator=(const memory_pool&) = delete;
  [[nodiscard]] cudaMemPool_t get() const noexcept { return handle_; }

 private:
  cudaMemPool_t handle_ = nullptr;
};

// Room for `count` values, not initialised.
template <typename T>
class device_buffer {
 public:
  device_buffer() noexcept = default;
  device_buffer(std::size_t count, const memory_pool& from, const stream& in) : count_{count} {
    void* made = nullptr;
    check(cudaMallocFromPoolAsync(&made, count * sizeof(T), from.get(), in.get()));
    data_ = static_cast<T*>(made);
    in_ = in.get();
  }
  device_buffer(device_buffer&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)},
        count_{std::exchange(other.count_, 0)},
        in_{other.in_} {}
  device_buffer& operator=(device_buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    std::swap(in_, other.in_);
    return *this;
  }
  ~device_buffer() {
    if (data_ != nullptr) cudaFreeAsync(data_, in_);
  }
  [[nodiscard]] T* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return count_ * sizeof(T); }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
  cudaStream_t in_ = nullptr;
};

template <typename T>
class pinned_buffer {
 public:
  pinned_buffer() noexcept = default;
  explicit pinned_buffer(std::size_t count) : count_{count} {
    void* made = nullptr;
    check(cudaMallocHost(&made, count * sizeof(T)));
    data_ = static_cast<T*>(made);
  }
  pinned_buffer(pinned_buffer&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, count_{std::exchange(other.count_, 0)} {}
  pinned_buffer& operator=(pinned_buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~pinned_buffer() {
    if (data_ != nullptr) cudaFreeHost(data_);
  }
  [[nodiscard]] T* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return count_ * sizeof(T); }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace reprise
