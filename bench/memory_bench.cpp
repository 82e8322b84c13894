// memory/typical  many channels with a full window of random content: every prefix distinct
// memory/dense    the same of a still picture: the planes of the dense search are in use
// What a channel takes, in MB of 1e6 bytes: by the engine's own count, and by the growth of the
// process's resident memory.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include <fstream>

#include "bench/benches.hpp"
#include "bench/channels.hpp"
#include "bench/sizes.hpp"

namespace reprise::bench {
namespace {

double resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  double all_pages = 0, resident_pages = 0;
  statm >> all_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void memory_in_use(benchmark::State& state, content_kind kind) {
  // What earlier benchmarks freed must not be handed out again unseen.
  malloc_trim(0);
  const double before = resident_bytes();
  full_channels channels{kind, chosen.window_seconds + 16, {}};
  samples timed;
  for ([[maybe_unused]] const auto _ : state) {
    for (int i = 0; i < 8; ++i) channels.step_each(timed);
    state.SetIterationTime(timed.sum());
  }
  const double growth = resident_bytes() - before;
  state.counters["MB_a_channel"] = static_cast<double>(channels.bytes_a_channel()) / 1e6;
  state.counters["resident_MB_a_channel"] = growth / chosen.channels / 1e6;
}

}  // namespace

void add_memory_benches() {
  add_bench("memory/typical", memory_in_use, content_kind::random);
  add_bench("memory/dense", memory_in_use, content_kind::still);
}

}  // namespace reprise::bench
