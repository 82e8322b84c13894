// The ceiling that a scan is measured against: how fast one thread reads memory in this very run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/match/mapped_memory.hpp"

namespace reprise::bench {

// Bytes a second, the median over visits of the buffers in turn: one buffer stays in the caches,
// many do not.
[[nodiscard]] double read_bandwidth(const std::vector<mapped_memory>& buffers,
                                    std::uint32_t visits);

// One history's worth of random suffixes for each channel.
[[nodiscard]] std::vector<mapped_memory> make_suffix_buffers(std::uint32_t count,
                                                             std::size_t bytes);

}  // namespace reprise::bench
