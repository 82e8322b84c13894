// read/hot, read/cold         the ceiling itself: the same buffers read by one thread, and how
//                             unsteady the machine is at that, beside the p99 of the ticks
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
  read_speed cold_reads{}, hot_reads{};
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
    // As many visits as the ticks of a still picture that are timed: their p99 is set beside.
    const std::uint32_t visits = chosen.channels * (chosen.rounds / 10);
    filled.cold_reads = measure_reads(filled.cold, visits);
    filled.hot_reads = measure_reads(filled.hot, visits);
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
  const double ceiling = (is_cold ? with.cold_reads : with.hot_reads).bytes_a_second;
  state.counters["ns_a_candidate"] = median * 1e9 / static_cast<double>(out.size());
  state.counters["GB_s"] = bytes / median / 1e9;
  state.counters["ceiling_GB_s"] = ceiling / 1e9;
  state.counters["of_ceiling"] = bytes / median / ceiling;
}

// Its time is that of the median visit: the visits themselves were timed when the data was made.
void read_ceiling(benchmark::State& state, bool is_cold) {
  const read_speed& reads = is_cold ? data().cold_reads : data().hot_reads;
  for ([[maybe_unused]] const auto _ : state) {
    state.SetIterationTime(static_cast<double>(data().hot[0].bytes()) / reads.bytes_a_second);
  }
  state.counters["GB_s"] = reads.bytes_a_second / 1e9;
  state.counters["p99_of_median"] = reads.p99_of_median;
}

}  // namespace

void add_agreement_benches() {
  add_bench("read/hot", read_ceiling, false);
  add_bench("read/cold", read_ceiling, true);
  for (const agreement_kernel& kernel : agreement_kernels()) {
    if (!kernel.supported) continue;
    for (const bool is_cold : {false, true}) {
      const std::string name =
          "agreement_scan/" + std::string{kernel.name} + (is_cold ? "/cold" : "/hot");
      add_bench(name, agreement_scan, kernel, is_cold);
    }
  }
}

}  // namespace reprise::bench
