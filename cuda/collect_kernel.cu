// What joins the histories, and what is asked about single candidates: appends, all matches of a
// row, the score of one lag. None of it is timed by a second's deadline.
#include <cub/block/block_scan.cuh>

#include "cuda/candidate.hpp"
#include "cuda/cuda_support.hpp"
#include "cuda/kernels.hpp"

namespace reprise {
namespace {

constexpr std::uint32_t block_threads = 256;
constexpr std::uint32_t grid_blocks_max = 4'096;

std::uint32_t blocks_for(std::uint32_t threads) {
  const std::uint32_t blocks = (threads + block_threads - 1) / block_threads;
  return blocks < grid_blocks_max ? blocks : grid_blocks_max;
}

// One warp a record.
__global__ void __launch_bounds__(block_threads)
    append(const std::byte* records, std::uint32_t count, const rule by) {
  const std::uint32_t lane = threadIdx.x % warp_lanes;
  const std::uint32_t warps = gridDim.x * block_threads / warp_lanes;
  for (std::uint32_t i = (blockIdx.x * block_threads + threadIdx.x) / warp_lanes; i < count;
       i += warps) {
    const std::byte* const record = records + i * append_bytes(by);
    const append_record head = *reinterpret_cast<const append_record*>(record);
    if (lane == 0) prefix_plane(head.planes)[head.slot] = head.prefix;
    if (head.prefix == 0) continue;
    const auto* const suffix = reinterpret_cast<const std::uint32_t*>(record + sizeof head);
    std::uint32_t* const into = suffix_of(head.planes, head.slot, by);
    for (std::uint32_t w = lane; w < suffix_words_of(by); w += warp_lanes) {
      into[suffix_word(w)] = suffix[w];
    }
  }
}

__device__ score_value lag_score(const query_row& row, std::uint32_t lag, const rule& by) {
  return slot_score<suffix_words_max>(row, slot_back(row.slot, lag, row.planes.slots), by);
}

// One block a request.
__global__ void __launch_bounds__(block_threads)
    collect(const batch_view batch, const collect_request* asked, found_match* into) {
  using scan = cub::BlockScan<std::uint32_t, block_threads>;
  __shared__ typename scan::TempStorage scratch;
  const query_row row = batch.rows[asked[blockIdx.x].row];
  const score_value limit = score_of(row.limit_low, row.limit_high);
  std::uint32_t written = asked[blockIdx.x].first;
  for (std::uint32_t first = row.least_lag; first <= row.greatest_lag; first += block_threads) {
    const std::uint32_t lag = first + threadIdx.x;
    match found{lag, 0};
    if (lag <= row.greatest_lag) found.score = lag_score(row, lag, batch.by);
    const bool matches = found.score > limit;
    std::uint32_t before = 0, in_all = 0;
    scan(scratch).ExclusiveSum(matches ? 1u : 0u, before, in_all);
    if (matches) into[written + before] = pack(found);
    written += in_all;
    __syncthreads();
  }
}

__global__ void __launch_bounds__(block_threads)
    probe(const batch_view batch, const probe_request* asked, std::uint32_t count,
          found_match* into) {
  for (std::uint32_t i = blockIdx.x * block_threads + threadIdx.x; i < count;
       i += gridDim.x * block_threads) {
    const query_row row = batch.rows[asked[i].row];
    into[i] = pack({asked[i].lag_seconds, lag_score(row, asked[i].lag_seconds, batch.by)});
  }
}

}  // namespace

void enqueue_append(const std::byte* records, std::uint32_t count, const rule& by,
                    cudaStream_t in) {
  if (count == 0) return;
  append<<<blocks_for(count * warp_lanes), block_threads, 0, in>>>(records, count, by);
  check(cudaGetLastError());
}

void enqueue_collect(const batch_view& batch, const collect_request* asked, std::uint32_t count,
                     found_match* into, cudaStream_t in) {
  if (count == 0) return;
  collect<<<count, block_threads, 0, in>>>(batch, asked, into);
  check(cudaGetLastError());
}

void enqueue_probe(const batch_view& batch, const probe_request* asked, std::uint32_t count,
                   found_match* into, cudaStream_t in) {
  if (count == 0) return;
  probe<<<blocks_for(count), block_threads, 0, in>>>(batch, asked, count, into);
  check(cudaGetLastError());
}

}  // namespace reprise
