// REPRISE_HOST_DEVICE: marks a function that the CPU engines and the CUDA kernels share.
#pragma once

#ifdef __CUDACC__
#define REPRISE_HOST_DEVICE __host__ __device__
#else
#define REPRISE_HOST_DEVICE
#endif
