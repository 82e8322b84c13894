// What the CPU engines and the CUDA kernels share is marked with these.
#pragma once

// A function for both.
#ifdef __CUDACC__
#define REPRISE_HOST_DEVICE __host__ __device__
#else
#define REPRISE_HOST_DEVICE
#endif

// A loop that must not remain one on a device: its indices are constants there. And one that must.
#ifdef __CUDA_ARCH__
#define REPRISE_DEVICE_UNROLL _Pragma("unroll")
#define REPRISE_DEVICE_NO_UNROLL _Pragma("unroll 1")
#else
#define REPRISE_DEVICE_UNROLL
#define REPRISE_DEVICE_NO_UNROLL
#endif
