// As many channels as asked for in a device's memory, all of one content: what the scoring kernel
// is timed on. Each has memory of its own, copied from the first one's, so that a batch of all of
// them reads as much as one of different channels would.
//
// Shapes   device_batch.hpp
// Errors   cuda_failure; ends the program where the answers of the first and the last channel are
//          not the CPU engine's
// Threads  one at a time
// Owns     a stream, and all that is allocated
#pragma once

#include <memory>
#include <vector>

#include "bench/content.hpp"
#include "cuda/cuda_support.hpp"
#include "cuda/device_channel.hpp"
#include "cuda/kernels.hpp"

namespace reprise::bench {

struct batch_times {
  double score_seconds = 0;
  double select_seconds = 0;
};

class gpu_channels {
 public:
  gpu_channels(content_kind kind, std::uint32_t count);

  // How many fit into that share of the memory that is free now.
  [[nodiscard]] static std::uint32_t that_fit(double memory_share);

  // One second of every channel, as one batch.
  [[nodiscard]] batch_times step();
  void check() const;

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint32_t* data() const noexcept { return planes_.data(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return planes_.bytes(); }

 private:
  void load(std::uint32_t seconds);
  [[nodiscard]] channel_planes planes_of(std::uint32_t channel) const;
  void stage(std::vector<std::byte>& into, std::uint32_t slot, prefix_id prefix,
             std::uint32_t channels);
  void append(const std::vector<std::byte>& records);

  std::uint32_t count_;
  std::uint32_t slots_;
  std::uint32_t score_blocks_ = 0;
  stream work_;
  memory_pool pool_;
  device_buffer<std::uint32_t> planes_;
  device_buffer<std::byte> records_;
  device_buffer<query_row> rows_;
  device_buffer<match_count> tile_counts_, row_counts_;
  device_buffer<found_match> tile_found_, best_;
  std::unique_ptr<device_channel> names_;
  std::unique_ptr<matcher> expected_;
  channel_id expected_id_;
  day_content content_;
  fingerprint_bits bits_{};
  std::int64_t time_ = 0;
  tick_result expected_result_;
};

}  // namespace reprise::bench
