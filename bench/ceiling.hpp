// The ceiling that a scan is measured against: how fast one thread reads memory in this very run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/match/mapped_memory.hpp"

namespace reprise::bench {

struct read_speed {
  double bytes_a_second;  // of the median visit
  double p99_of_median;   // of the times of a visit: how unsteady the machine itself is
};

// read_avx2.cpp: the sum of what was read. Needs AVX2; whole 256-byte steps are read.
[[nodiscard]] std::uint64_t read_avx2(const std::byte* data, std::size_t bytes);

// Visits the buffers in turn: one buffer stays in the caches, many do not.
[[nodiscard]] read_speed measure_reads(const std::vector<mapped_memory>& buffers,
                                       std::uint32_t visits);

// One history's worth of random suffixes for each channel.
[[nodiscard]] std::vector<mapped_memory> make_suffix_buffers(std::uint32_t count,
                                                             std::size_t bytes);

}  // namespace reprise::bench
