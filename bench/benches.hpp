// The benchmarks of reprise-bench, each registered by its own file.
#pragma once

#include <benchmark/benchmark.h>

#include <string>

namespace reprise::bench {

void add_agreement_benches();
void add_tick_benches();
void add_switch_benches();
void add_day_benches();
void add_memory_benches();
void add_gpu_benches();  // where the program is built with CUDA

// One that runs once, whatever it repeats inside, and says itself how long that took.
template <typename... Arguments>
void add_bench(const std::string& name, Arguments... arguments) {
  benchmark::RegisterBenchmark(name.c_str(), arguments...)
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace reprise::bench
