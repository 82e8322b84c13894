// The scoring kernel: one warp a tile. Its fast path reads 4 bytes a second of history, in loads of
// 16 bytes a thread, and compares; only where a prefix equals the query's it looks at 32 seconds
// together, one a lane. Bench: gpu/* in bench/README.md; arithmetic: docs/gpu.md.
#include "cuda/candidate.hpp"
#include "cuda/cuda_support.hpp"
#include "cuda/kernels.hpp"

namespace reprise {
namespace {

constexpr std::uint32_t block_threads = 256;
constexpr std::uint32_t block_warps = block_threads / warp_lanes;
constexpr std::uint32_t blocks_at_once = 8;  // of block_slots: loads in flight before the first use
constexpr unsigned whole_warp = 0xffffffff;
constexpr std::uint32_t tuned_words = 24;  // suffix words of the default rule

// The best matches of one tile so far, in order.
struct tile_best {
  std::uint64_t score_low[top_k_max];
  std::uint64_t score_high[top_k_max];
  std::uint32_t lag_seconds[top_k_max];

  __device__ match at(std::uint32_t i) const {
    return {lag_seconds[i], score_of(score_low[i], score_high[i])};
  }
  __device__ void put(std::uint32_t i, const match& added) {
    score_low[i] = static_cast<std::uint64_t>(added.score);
    score_high[i] = static_cast<std::uint64_t>(added.score >> 64);
    lag_seconds[i] = added.lag_seconds;
  }
};

// One warp's walk over a tile. Every lane holds the same values but `lane` and what it computes.
template <bool tuned>
class tile_walk {
 public:
  static constexpr std::uint32_t words_max = tuned ? tuned_words : suffix_words_max;

  __device__ tile_walk(const query_row& row, const rule& by, std::uint32_t lane, tile_best& best,
                       std::uint32_t* query)
      : row_{row},
        by_{by},
        lane_{lane},
        limit_{score_of(row.limit_low, row.limit_high)},
        best_{best},
        query_{query} {}

  __device__ void walk(tile_range range) {
    const std::uint32_t* const prefixes = prefix_plane(row_.planes);
    const std::uint32_t sought = row_.ids[0];
    // Newest slots first: of equal scores the most recent win, and are found first.
    std::uint32_t end = range.last;
    while (end > range.first) {
      uint4 loaded[blocks_at_once];
#pragma unroll
      for (std::uint32_t b = 0; b < blocks_at_once; ++b) {
        loaded[b] = {0, 0, 0, 0};
        if (end - range.first > b * block_slots) {
          const std::uint32_t first = end - (b + 1) * block_slots;
          loaded[b] = reinterpret_cast<const uint4*>(prefixes + first)[lane_];
        }
      }
      std::uint32_t hits = 0;  // blocks with a candidate
#pragma unroll
      for (std::uint32_t b = 0; b < blocks_at_once; ++b) {
        const bool equal = loaded[b].x == sought || loaded[b].y == sought ||
                           loaded[b].z == sought || loaded[b].w == sought;
        if (__any_sync(whole_warp, equal)) hits |= 1u << b;
      }
      for (; hits != 0; hits &= hits - 1)
        walk_block(end - __ffs(static_cast<int>(hits)) * block_slots);
      const std::uint32_t left = end - range.first;
      end -= left < blocks_at_once * block_slots ? left : blocks_at_once * block_slots;
    }
  }

  __device__ void write(match_count* count, found_match* found) const {
    for (std::uint32_t i = lane_; i < kept_; i += warp_lanes) found[i] = pack(best_.at(i));
    if (lane_ == 0) *count = {kept_, all_};
  }

 private:
  __device__ void walk_block(std::uint32_t first) {
    if (!has_query_) load_query();
    REPRISE_DEVICE_NO_UNROLL
    for (std::uint32_t group = block_slots / warp_lanes; group-- > 0;) {
      score_group(first + group * warp_lanes + lane_);
    }
  }

  __device__ void load_query() {
    const std::uint32_t* const from = suffix_of(row_.planes, row_.slot, by_);
    for (std::uint32_t w = lane_; w < suffix_words_of(by_); w += warp_lanes) {
      query_[w] = from[suffix_word(w)];
    }
    __syncwarp();
    has_query_ = true;
  }

  __device__ void score_group(std::uint32_t slot) {
    match mine{lag_of(row_.slot, slot, row_.planes.slots), 0};
    if (is_candidate(row_, slot, prefix_plane(row_.planes)[slot])) {
      const std::uint32_t newest =
          suffix_agreement<words_max>(query_, chunk_words, suffix_of(row_.planes, slot, by_), by_);
      if (row_.keeps != 0) agreement_plane(row_.planes, row_.plane)[slot] = newest;
      mine.score = run_score<words_max>(row_, slot, newest, by_);
    }
    const bool matches = mine.score > limit_;
    all_ += count_ones(__ballot_sync(whole_warp, matches));
    // The newest lane first, again.
    std::uint32_t left = __ballot_sync(whole_warp, matches && enters(mine));
    while (left != 0) {
      const int leader = 31 - __clz(static_cast<int>(left));
      insert({__shfl_sync(whole_warp, mine.lag_seconds, leader),
              score_of(
                  __shfl_sync(whole_warp, static_cast<std::uint64_t>(mine.score), leader),
                  __shfl_sync(whole_warp, static_cast<std::uint64_t>(mine.score >> 64), leader))});
      left &= ~(1u << leader);
      left &= __ballot_sync(whole_warp, enters(mine));
    }
  }

  __device__ bool enters(const match& offered) const {
    return kept_ < row_.top_k || ranks_before(offered, worst_);
  }

  __device__ void insert(const match& added) {
    std::uint32_t position = 0;
    for (std::uint32_t base = 0; base < kept_; base += warp_lanes) {
      const bool before = base + lane_ < kept_ && ranks_before(best_.at(base + lane_), added);
      position += count_ones(__ballot_sync(whole_warp, before));
    }
    // Those behind it move one place on; of a full list the last falls out.
    std::uint32_t end = kept_ < row_.top_k ? kept_ : row_.top_k - 1;
    while (end > position) {
      const std::uint32_t count = end - position < warp_lanes ? end - position : warp_lanes;
      const bool moves = lane_ < count;
      const std::uint32_t from = end - count + lane_;
      const match moved = moves ? best_.at(from) : match{};
      __syncwarp();
      if (moves) best_.put(from + 1, moved);
      __syncwarp();
      end -= count;
    }
    if (lane_ == 0) best_.put(position, added);
    __syncwarp();
    if (kept_ < row_.top_k) ++kept_;
    worst_ = best_.at(kept_ - 1);
  }

  const query_row& row_;
  const rule& by_;
  std::uint32_t lane_;
  score_value limit_;
  tile_best& best_;
  std::uint32_t* query_;
  bool has_query_ = false;
  std::uint32_t kept_ = 0;
  std::uint32_t all_ = 0;
  match worst_{};
};

// All lanes together.
__device__ void copy_row(const query_row& from, query_row& into, std::uint32_t lane) {
  constexpr std::uint32_t words = sizeof(query_row) / sizeof(std::uint32_t);
  static_assert(words <= warp_lanes);
  __syncwarp();
  if (lane < words) {
    reinterpret_cast<std::uint32_t*>(&into)[lane] =
        reinterpret_cast<const std::uint32_t*>(&from)[lane];
  }
  __syncwarp();
}

template <bool tuned>
__global__ void __launch_bounds__(block_threads, 2) score_tiles(const batch_view batch) {
  __shared__ tile_best best[block_warps];
  __shared__ query_row rows[block_warps];
  __shared__ alignas(16)
      std::uint32_t queries[block_warps][tile_walk<tuned>::words_max / 4 * 4 + 4];
  const rule by = tuned ? rule{} : batch.by;
  const std::uint32_t warp = threadIdx.x / warp_lanes;
  const std::uint32_t items = batch.row_count * batch.tiles_max;
  for (std::uint32_t item = blockIdx.x * block_warps + warp; item < items;
       item += gridDim.x * block_warps) {
    query_row& row = rows[warp];
    // Neighbours take different rows: rings that fill in step have their work in the same tiles.
    copy_row(batch.rows[item % batch.row_count], row, threadIdx.x % warp_lanes);
    const std::uint32_t tile = item / batch.row_count;
    if (tile >= tiles_of(row.planes.slots)) continue;
    tile_walk<tuned> walked{row, by, threadIdx.x % warp_lanes, best[warp], queries[warp]};
    walked.walk(range_of_tile(tile, row.planes.slots));
    walked.write(batch.tile_counts + row.first_tile + tile,
                 batch.tile_found + row.first_found + tile * row.top_k);
  }
}

}  // namespace

void enqueue_score(const batch_view& batch, std::uint32_t blocks, cudaStream_t in) {
  if (batch.row_count == 0) return;
  const std::uint32_t items = batch.row_count * batch.tiles_max;
  const std::uint32_t wanted = (items + block_warps - 1) / block_warps;
  const dim3 grid{wanted < blocks ? wanted : blocks};
  if (batch.by == rule{}) {
    score_tiles<true><<<grid, block_threads, 0, in>>>(batch);
  } else {
    score_tiles<false><<<grid, block_threads, 0, in>>>(batch);
  }
  check(cudaGetLastError());
}

std::uint32_t score_blocks_resident(const rule& by) {
  int blocks = 0;
  check(by == rule{} ? cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, score_tiles<true>,
                                                                     block_threads, 0)
                     : cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, score_tiles<false>,
                                                                     block_threads, 0));
  return static_cast<std::uint32_t>(blocks);
}

}  // namespace reprise
