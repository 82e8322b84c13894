#include "cuda/devices.hpp"

#include <cuda_runtime.h>

#include "cuda/day_capacity.hpp"

namespace reprise {

device_list list_cuda_devices() {
  device_list listed;
  int count = 0;
  const cudaError_t counted = cudaGetDeviceCount(&count);
  if (counted != cudaSuccess || count == 0) {
    // The runtime calls a driver that is not there one that is too old.
    int driver = 0;
    const bool has_driver = cudaDriverGetVersion(&driver) == cudaSuccess && driver > 0;
    listed.why = !has_driver              ? "there is no NVIDIA driver"
                 : counted == cudaSuccess ? "the driver lists none"
                                          : cudaGetErrorString(counted);
    return listed;
  }
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties{};
    std::size_t free_bytes = 0, all_bytes = 0;
    cudaError_t asked = cudaGetDeviceProperties(&properties, index);
    if (asked == cudaSuccess) asked = cudaSetDevice(index);
    if (asked == cudaSuccess) asked = cudaMemGetInfo(&free_bytes, &all_bytes);
    if (asked != cudaSuccess) {
      listed.why = "device " + std::to_string(index) + ": " + cudaGetErrorString(asked);
      continue;
    }
    listed.found.push_back(
        {index, properties.name, properties.major, properties.minor, all_bytes, free_bytes});
    tell_day_capacity(listed.found.back());
  }
  return listed;
}

}  // namespace reprise
