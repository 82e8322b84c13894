// The sizes that every benchmark shares, once: the production ones, or small ones under --quick.
#pragma once

#include <cstdint>

namespace reprise::bench {

struct sizes {
  std::uint32_t window_seconds = 86'400;
  std::uint32_t channels = 64;    // a cold channel is one of so many, visited in turn
  std::uint32_t rounds = 200;     // timed ticks of each channel
  std::uint32_t repetitions = 5;  // of whole days; the median is reported
  std::uint32_t still_days = 1;   // repetitions of the still day, which takes seconds
};

inline constexpr sizes production{};
inline constexpr sizes quick{2'000, 2, 20, 1, 1};

// Set once, before the first benchmark runs.
inline sizes chosen = production;

}  // namespace reprise::bench
