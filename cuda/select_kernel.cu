// The selection of a row's best from those of its tiles: one block a row, one thread a tile, which
// holds its tile's best in order; CUB finds the greatest of the heads, top_k times.
#include <cub/block/block_reduce.cuh>

#include "cuda/cuda_support.hpp"
#include "cuda/kernels.hpp"

namespace reprise {
namespace {

constexpr std::uint32_t block_threads = 256;
static_assert(tiles_of(window_seconds_max + run_max + 8'192) <= block_threads);

struct better_of {
  __device__ match operator()(const match& a, const match& b) const {
    return ranks_before(a, b) ? a : b;
  }
};

__global__ void __launch_bounds__(block_threads) select_best(const batch_view batch) {
  using count_reduce = cub::BlockReduce<std::uint32_t, block_threads>;
  using match_reduce = cub::BlockReduce<match, block_threads>;
  __shared__ union {
    typename count_reduce::TempStorage count;
    typename match_reduce::TempStorage match;
  } scratch;
  __shared__ std::uint32_t all;
  __shared__ match best;

  const query_row row = batch.rows[blockIdx.x];
  const std::uint32_t tile = threadIdx.x;
  match_count mine{0, 0};
  if (tile < tiles_of(row.planes.slots)) mine = batch.tile_counts[row.first_tile + tile];
  const std::uint32_t sum = count_reduce(scratch.count).Sum(mine.all);
  if (threadIdx.x == 0) all = sum;
  __syncthreads();

  const found_match* const found = batch.tile_found + row.first_found + tile * row.top_k;
  const std::uint32_t kept = all < row.top_k ? all : row.top_k;
  std::uint32_t taken = 0;
  for (std::uint32_t k = 0; k < kept; ++k) {
    const match head = taken < mine.kept ? unpack(found[taken]) : match{0xffffffff, 0};
    const match greatest = match_reduce(scratch.match).Reduce(head, better_of{});
    if (threadIdx.x == 0) {
      best = greatest;
      batch.best[row.first_best + k] = pack(greatest);
    }
    __syncthreads();
    if (head == best) ++taken;
    __syncthreads();
  }
  if (threadIdx.x == 0) batch.row_counts[blockIdx.x] = {kept, all};
}

}  // namespace

void enqueue_select(const batch_view& batch, cudaStream_t in) {
  if (batch.row_count == 0) return;
  select_best<<<batch.row_count, block_threads, 0, in>>>(batch);
  check(cudaGetLastError());
}

}  // namespace reprise
