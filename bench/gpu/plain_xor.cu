#include "bench/gpu/plain_xor.hpp"

#include "cuda/cuda_support.hpp"

namespace reprise::bench {
namespace {

constexpr std::uint32_t block_threads = 256;
constexpr std::uint32_t grid_blocks = 132 * 8;
constexpr std::uint32_t chunks = 8;  // of 16 bytes a record, one a thread

// Eight threads a record, so that a warp's load is 512 bytes in a row.
__global__ void __launch_bounds__(block_threads)
    plain_xor(const uint4* records, std::uint64_t count, const uint4* query, std::uint32_t* least) {
  const uint4 mine = query[threadIdx.x % chunks];
  std::uint32_t best = UINT32_MAX;
  const std::uint64_t stride = std::uint64_t{gridDim.x} * block_threads;
  for (std::uint64_t i = std::uint64_t{blockIdx.x} * block_threads + threadIdx.x;
       i < count * chunks; i += stride) {
    const uint4 theirs = records[i];
    std::uint32_t different = __popc(theirs.x ^ mine.x) + __popc(theirs.y ^ mine.y) +
                              __popc(theirs.z ^ mine.z) + __popc(theirs.w ^ mine.w);
    for (std::uint32_t step = chunks / 2; step > 0; step /= 2) {
      different += __shfl_xor_sync(0xffffffff, different, step);
    }
    best = different < best ? different : best;
  }
  atomicMin(least, best);
}

}  // namespace

void enqueue_plain_xor(const std::uint32_t* records, std::uint64_t count,
                       const std::uint32_t* query, std::uint32_t* least, cudaStream_t in) {
  // Whole blocks, so that every lane takes part in every exchange.
  const std::uint64_t whole = count / (block_threads / chunks) * (block_threads / chunks);
  plain_xor<<<grid_blocks, block_threads, 0, in>>>(reinterpret_cast<const uint4*>(records), whole,
                                                   reinterpret_cast<const uint4*>(query), least);
  check(cudaGetLastError());
}

}  // namespace reprise::bench
