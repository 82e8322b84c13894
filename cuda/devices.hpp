// The CUDA devices of this machine, as far as a user needs to know them.
//
// Errors   none: without a driver or a device the list is empty, and `why` says so
// Threads  safe; the first call starts the CUDA runtime, which takes some 100 ms where there is a card
// Source   CUDA runtime API, device management
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise {

struct cuda_device {
  int index = 0;
  std::string name;
  int compute_major = 0;
  int compute_minor = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_free_bytes = 0;
  int driver_version = 0;  // 1000 * major + 10 * minor
};

struct cuda_devices {
  std::vector<cuda_device> found;
  std::string why;  // why none was found; empty where one was
};

[[nodiscard]] cuda_devices list_cuda_devices();

}  // namespace reprise
