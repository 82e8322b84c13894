// The rows of reprise-compare: how seconds are timed, and how the figures are printed.
//
// Shapes   a row's times are microseconds a second of content
// Errors   none
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/samples.hpp"

namespace reprise::bench {

// The shortest ticks take about as long as reading the clock does: they are timed together.
inline constexpr std::uint32_t chunk_seconds = 50;

struct row {
  std::string name;
  std::uint32_t seconds;
  double mean_us, median_us;  // the median is one of chunks
};

// Calls work(0), work(1), ... of whole chunks; seconds left over at the end are left out.
template <typename Work>
[[nodiscard]] row time_seconds(std::string name, std::uint32_t seconds, std::uint32_t chunk,
                               Work&& work) {
  seconds -= seconds % chunk;
  samples timed;
  for (std::uint32_t begin = 0; begin < seconds; begin += chunk) {
    timed.time([&] {
      for (std::uint32_t i = begin; i < begin + chunk; ++i) work(i);
    });
  }
  return {std::move(name), seconds, timed.sum() / seconds * 1e6, timed.median() / chunk * 1e6};
}

void print_table(const std::vector<row>& rows, const std::string& faiss_version);
void print_json(const std::vector<row>& rows, const std::string& faiss_version);

}  // namespace reprise::bench
