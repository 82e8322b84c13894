// A CUDA device as a match_device: planes in its memory, kernels on a stream of its own.
//
// Errors   make: device_memory (no memory for the smallest batch), device_lost (it cannot be used:
//          `why` says it in words)
// Threads  as match_device.hpp
// Owns     a stream, a memory pool, pinned host memory for staging and answers. After a device_lost
//          all of it is left to the driver's mercy: no further call is made, to no card of the
//          process
// Source   docs/gpu.md
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "cuda/match_device.hpp"

namespace reprise {

struct cuda_device_options {
  int device = 0;
  double memory_share = 0.9;         // of what is free now: planes beyond are refused
  std::size_t memory_bytes_max = 0;  // 0: no other limit
  // Told once, in words, when the device is lost. On the caller's thread.
  std::function<void(std::string_view)> told_lost = [](std::string_view) {};
};

// The least compute capability that the kernels run on, 8.0.
inline constexpr int compute_major_min = 8;

[[nodiscard]] result<std::unique_ptr<match_device>> make_cuda_device(const rule& by,
                                                                     cuda_device_options options);

}  // namespace reprise
