// agreement_scan/KERNEL/hot   one query with a whole window, the history in the caches
// agreement_scan/KERNEL/cold  the same, channels visited in turn, so that each comes from memory
// Beside each: the read bandwidth of the same buffers in the same run, and the kernel's share of
// it.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/benches.hpp"
#include "bench/ceiling.hpp"
#include "bench/samples.hpp"
#include "bench/sizes.hpp"
#include "host/match/agreement.hpp"
#include "host/match/agreement_kernels.hpp"

namespace reprise::bench {
namespace {

struct scan_data {
  std::uint32_t blocks = 0;
  std::vector<mapped_memory> cold, hot;
  std::vector<prefix_id> ids;
  double cold_bandwidth = 0, hot_bandwidth = 0;
};

// Made by the first benchmark that asks, so that filtered runs start at once.
const scan_data& data() {
  static const scan_data made = [] {
    scan_data filled;
    filled.blocks = chosen.window_seconds / block_lanes;
    const std::size_t bytes = std::size_t{filled.blocks} * block_lanes * 96;
    filled.cold = make_suffix_buffers(chosen.channels, bytes);
    filled.hot = make_suffix_buffers(1, bytes);
    filled.ids.assign(std::size_t{filled.blocks} * block_lanes, 1);
    filled.cold_bandwidth = read_bandwidth(filled.cold, chosen.channels * 4);
    filled.hot_bandwidth = read_bandwidth(filled.hot, chosen.channels * 4);
    return filled;
  }();
  return made;
}

void check(const agreement_kernel& kernel, const std::uint64_t* query, const std::uint64_t* blocks,
           const std::vector<std::uint32_t>& agreements) {
  for (std::uint32_t slot = 0; slot < 1000; ++slot) {
    const std::uint32_t expected =
        agreement({query}, {blocks + block_offset(slot, 12), block_lanes}, rule{});
    if (agreements[slot] == expected) continue;
    std::fprintf(stderr, "reprise-bench: %s is wrong at %u\n", kernel.name.data(), slot);
    std::exit(1);
  }
}

void agreement_scan(benchmark::State& state, const agreement_kernel& kernel, bool is_cold) {
  const scan_data& with = data();
  const auto& buffers = is_cold ? with.cold : with.hot;
  std::vector<std::uint32_t> out(with.ids.size());
  const std::uint64_t query[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  samples timed;
  for ([[maybe_unused]] const auto _ : state) {
    for (std::uint32_t visit = 0; visit < chosen.channels * 4; ++visit) {
      const auto* blocks =
          reinterpret_cast<const std::uint64_t*>(buffers[visit % buffers.size()].data());
      timed.time([&] {
        kernel.scan(query, 1, {blocks, with.ids.data(), with.blocks}, out.data(), rule{});
      });
      if (visit == 0) check(kernel, query, blocks, out);
    }
    state.SetIterationTime(timed.sum());
  }
  const double bytes = static_cast<double>(buffers[0].bytes()), median = timed.median();
  const double ceiling = is_cold ? with.cold_bandwidth : with.hot_bandwidth;
  state.counters["ns_a_candidate"] = median * 1e9 / static_cast<double>(out.size());
  state.counters["GB_s"] = bytes / median / 1e9;
  state.counters["ceiling_GB_s"] = ceiling / 1e9;
  state.counters["of_ceiling"] = bytes / median / ceiling;
}

}  // namespace

void add_agreement_benches() {
  for (const agreement_kernel& kernel : agreement_kernels()) {
    if (!kernel.supported) continue;
    for (const bool is_cold : {false, true}) {
      const std::string name =
          "agreement_scan/" + std::string{kernel.name} + (is_cold ? "/cold" : "/hot");
      benchmark::RegisterBenchmark(name.c_str(), agreement_scan, kernel, is_cold)
          ->UseManualTime()
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace reprise::bench
