// The launches of the CUDA engine, each a kernel of its own.
//
// Shapes   device memory throughout; device_batch.hpp
// Errors   cuda_failure where the launch is refused; what goes wrong later comes with the stream
// Threads  with the device current; all is enqueued on `in`, and must stay until that is done
// Agrees   with the reference exactly
// Source   docs/gpu.md
#pragma once

#include <cuda_runtime.h>

#include "cuda/device_batch.hpp"

namespace reprise {

struct batch_view {
  const query_row* rows;
  std::uint32_t row_count;
  std::uint32_t tiles_max;  // of any row
  rule by;
  match_count* tile_counts;
  found_match* tile_found;
  match_count* row_counts;
  found_match* best;
};

// `records` lie append_bytes(by) apart.
void enqueue_append(const std::byte* records, std::uint32_t count, const rule& by, cudaStream_t in);
// Scores every slot of every row: agreements kept, and the best and the count of each tile. At most
// `blocks` at once: as many as the device holds.
void enqueue_score(const batch_view& batch, std::uint32_t blocks, cudaStream_t in);
// The best of each row from those of its tiles.
void enqueue_select(const batch_view& batch, cudaStream_t in);
// All matches of some rows, by increasing lag.
void enqueue_collect(const batch_view& batch, const collect_request* asked, std::uint32_t count,
                     found_match* into, cudaStream_t in);
void enqueue_probe(const batch_view& batch, const probe_request* asked, std::uint32_t count,
                   found_match* into, cudaStream_t in);

// Blocks of the scoring kernel that one multiprocessor of the current device holds.
[[nodiscard]] std::uint32_t score_blocks_resident(const rule& by);

}  // namespace reprise
