// What a scan without an index, planes or prefixes would do: the exclusive or and the population
// count over all 128 bytes of every candidate. The measure beside the CUDA engine.
//
// Shapes   records of 128 bytes, back to back; the smallest distance of all is written
// Errors   cuda_failure
// Threads  enqueued on `in`
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace reprise::bench {

void enqueue_plain_xor(const std::uint32_t* records, std::uint64_t count,
                       const std::uint32_t* query, std::uint32_t* least, cudaStream_t in);

}  // namespace reprise::bench
