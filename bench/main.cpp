// reprise-bench: the engine's figures, each beside the ceiling of the same run.
//
//   reprise-bench                          every benchmark, production sizes
//   reprise-bench --quick                  the same code at small sizes: a check, not a measurement
//   reprise-bench --benchmark_filter=tick --benchmark_format=json
#include <benchmark/benchmark.h>

#include <cstring>

#include "bench/benches.hpp"
#include "bench/sizes.hpp"

int main(int argc, char** argv) {
  using namespace reprise::bench;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      chosen = quick;
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("reprise_version", REPRISE_VERSION);
  benchmark::AddCustomContext("reprise_commit", REPRISE_COMMIT);
  benchmark::AddCustomContext("window_seconds", std::to_string(chosen.window_seconds));
  benchmark::AddCustomContext("channels", std::to_string(chosen.channels));
  add_tick_benches();
  add_agreement_benches();
  add_switch_benches();
  add_day_benches();
  add_memory_benches();
#if REPRISE_WITH_CUDA
  add_gpu_benches();
#endif
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
