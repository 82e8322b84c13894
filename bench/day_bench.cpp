// day/CONTENT/KERNEL  a whole day of one channel against itself, one second after the other, as
// `scan` steps
//   a recording: the engine's time alone, without reading or writing files.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/benches.hpp"
#include "bench/content.hpp"
#include "bench/samples.hpp"
#include "bench/sizes.hpp"
#include "host/match/agreement_kernels.hpp"
#include "host/match/cpu_matcher.hpp"

namespace reprise::bench {
namespace {

void step_day(matcher& engine, channel_id id, const std::vector<fingerprint_bits>& day,
              std::uint64_t& matches) {
  std::int64_t time = 0;
  for (const fingerprint_bits& bits : day) {
    const tick taken{id, time++, bits};
    tick_result taken_result;
    engine.step({&taken, 1}, {&taken_result, 1});
    matches += taken_result.best.size();
  }
}

void whole_day(benchmark::State& state, content_kind kind, std::string_view kernel) {
  std::vector<fingerprint_bits> day;
  day_content content{kind, chosen.window_seconds, 1};
  for (std::uint32_t i = 0; i < chosen.window_seconds; ++i) day.push_back(content.next());
  const search_settings settings{.window_seconds = chosen.window_seconds,
                                 .threshold = threshold_of_similarity(0.8, rule{})};
  const auto engine = std::move(*make_cpu_matcher(rule{}, {.kernel = kernel, .threads = 1}));
  samples timed;
  std::uint64_t matches = 0;
  const std::uint32_t days = kind == content_kind::still ? chosen.still_days : chosen.repetitions;
  for ([[maybe_unused]] const auto _ : state) {
    for (std::uint32_t i = 0; i < days; ++i) {
      const channel_id id = engine->add_channel(settings).value();
      timed.time([&] { step_day(*engine, id, day, matches); });
      engine->remove_channel(id);
    }
    state.SetIterationTime(timed.sum());
  }
  state.counters["median_ms"] = timed.median() * 1e3;
  state.counters["matches"] = static_cast<double>(matches) / days;
}

}  // namespace

void add_day_benches() {
  for (const agreement_kernel& kernel : agreement_kernels()) {
    if (!kernel.supported || kernel.name == "scalar") continue;
    for (const content_kind kind :
         {content_kind::random, content_kind::adverts, content_kind::still}) {
      const std::string name = "day/" + std::string{name_of(kind)} + "/" + std::string{kernel.name};
      add_bench(name, whole_day, kind, kernel.name);
    }
  }
}

}  // namespace reprise::bench
