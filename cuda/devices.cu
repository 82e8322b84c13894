#include <cuda_runtime.h>

#include "cuda/devices.hpp"

namespace reprise {

cuda_devices list_cuda_devices() {
  cuda_devices listed;
  int count = 0;
  const cudaError_t counted = cudaGetDeviceCount(&count);
  if (counted != cudaSuccess || count == 0) {
    listed.why = counted == cudaSuccess ? "the driver lists none" : cudaGetErrorString(counted);
    return listed;
  }
  int driver = 0;
  cudaDriverGetVersion(&driver);
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties{};
    std::size_t free_bytes = 0, all_bytes = 0;
    if (cudaGetDeviceProperties(&properties, index) != cudaSuccess ||
        cudaSetDevice(index) != cudaSuccess ||
        cudaMemGetInfo(&free_bytes, &all_bytes) != cudaSuccess) {
      listed.why = std::string{"device "} + std::to_string(index) + ": " +
                   cudaGetErrorString(cudaGetLastError());
      continue;
    }
    listed.found.push_back({index, properties.name, properties.major, properties.minor, all_bytes,
                            free_bytes, driver});
  }
  return listed;
}

}  // namespace reprise
