// The CUDA engine, where there is a device; each row beside the copy bandwidth of the same run.
//
//   gpu/copy              the ceiling: a copy within the device's memory, bytes read and written
//   gpu/score/CONTENT     one batch of as many channels as fit into 90 % of the memory: the kernels
//   gpu/plain_xor         the same candidates by exclusive or and population count of 128 bytes
//   gpu/batch/CONTENT     one batch of 1,000 channels (quick: 2) from fingerprints to results
//   gpu/cpu/CONTENT       the CPU engine on all cores, 256 channels: what the device stands beside
//   gpu/day/CONTENT       a day against itself, as `scan --engine cuda`
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <string>

#include "bench/benches.hpp"
#include "bench/gpu/gpu_channels.hpp"
#include "bench/gpu/plain_xor.hpp"
#include "bench/samples.hpp"
#include "bench/sizes.hpp"
#include "cuda/cuda_device.hpp"
#include "cuda/cuda_matcher.hpp"
#include "cuda/devices.hpp"
#include "host/match/cpu_matcher.hpp"

namespace reprise::bench {
namespace {

constexpr std::uint32_t batch_channels = 1'000;
constexpr std::uint32_t cpu_channels = 256;
constexpr double memory_share = 0.9;
constexpr int timed_batches = 20;

bool is_quick() {
  return chosen.window_seconds < production.window_seconds;
}

double copy_bandwidth() {
  static const double measured = [] {
    const std::size_t bytes = is_quick() ? std::size_t{1} << 24 : std::size_t{1} << 32;
    const stream work;
    const memory_pool pool{0};
    const device_buffer<std::byte> from{bytes, pool, work}, to{bytes, pool, work};
    samples timed;
    for (int i = 0; i < 12; ++i) {
      work.wait();
      const auto copy = [&] {
        check(cudaMemcpyAsync(to.data(), from.data(), bytes, cudaMemcpyDeviceToDevice, work.get()));
        work.wait();
      };
      i < 2 ? copy() : timed.time(copy);
    }
    return 2 * static_cast<double>(bytes) / timed.median();
  }();
  return measured;
}

void copy_row(benchmark::State& state) {
  for ([[maybe_unused]] const auto _ : state) state.SetIterationTime(1 / copy_bandwidth());
  state.counters["GB_a_second"] = copy_bandwidth() / 1e9;
}

// Bytes of one candidate that a batch must move: its prefix; where that is equal its suffix, the
// four agreements before, and the one that is kept.
double bytes_a_candidate(content_kind kind) {
  const bool all_equal = kind == content_kind::still || kind == content_kind::flicker;
  return all_equal ? 4 + 96 + 4 * 4 + 4 : 4;
}

void score_row(benchmark::State& state, content_kind kind) {
  const double ceiling = copy_bandwidth();
  gpu_channels channels{kind, is_quick() ? chosen.channels : gpu_channels::that_fit(memory_share)};
  channels.check();
  std::vector<double> score, select;
  for ([[maybe_unused]] const auto _ : state) {
    for (int i = 0; i < timed_batches; ++i) {
      const batch_times took = channels.step();
      score.push_back(took.score_seconds);
      select.push_back(took.select_seconds);
    }
    std::sort(score.begin(), score.end());
    std::sort(select.begin(), select.end());
    state.SetIterationTime(score[timed_batches / 2]);
  }
  channels.check();
  const double bytes =
      static_cast<double>(channels.count()) * chosen.window_seconds * bytes_a_candidate(kind);
  state.counters["channels"] = channels.count();
  state.counters["score_ms"] = score[timed_batches / 2] * 1e3;
  state.counters["score_worst_ms"] = score.back() * 1e3;
  state.counters["select_ms"] = select[timed_batches / 2] * 1e3;
  state.counters["of_copy"] = bytes / score[timed_batches / 2] / ceiling;
}

void plain_xor_row(benchmark::State& state) {
  const std::uint32_t count = is_quick() ? chosen.channels : gpu_channels::that_fit(memory_share);
  gpu_channels channels{content_kind::random, count};
  const stream work;
  const memory_pool pool{0};
  const device_buffer<std::uint32_t> least{1, pool, work};
  const std::uint64_t records = channels.bytes() / 128;
  samples timed;
  for ([[maybe_unused]] const auto _ : state) {
    for (int i = 0; i < timed_batches; ++i) {
      check(cudaMemsetAsync(least.data(), 0xff, 4, work.get()));
      work.wait();
      timed.time([&] {
        enqueue_plain_xor(channels.data(), records, channels.data(), least.data(), work.get());
        work.wait();
      });
    }
    state.SetIterationTime(timed.median());
  }
  // Scaled from the bytes that were there to 128 of every candidate.
  const double candidates = static_cast<double>(count) * chosen.window_seconds;
  state.counters["all_candidates_ms"] =
      timed.median() * candidates / static_cast<double>(records) * 1e3;
  state.counters["of_copy"] =
      static_cast<double>(channels.bytes()) / timed.median() / copy_bandwidth();
}

std::unique_ptr<matcher> make_device_matcher(std::uint32_t ahead) {
  auto device = make_cuda_device(rule{}, {.told_lost = [](std::string_view why) {
                                   std::fprintf(stderr, "reprise-bench: %.*s\n",
                                                static_cast<int>(why.size()), why.data());
                                 }});
  return std::move(*make_cuda_matcher(rule{}, std::move(*device), {ahead}));
}

// Wants all matches, as the live service does.
class all_counter final : public match_visitor {
 public:
  void begin_again() noexcept override { count = 0; }
  void visit(std::span<const match> piece) noexcept override { count += piece.size(); }
  [[nodiscard]] bool wants_all_when_still() const noexcept override { return false; }
  [[nodiscard]] std::span<const std::uint32_t> watched_lags() const noexcept override {
    return watched_;
  }
  std::uint64_t count = 0;

 private:
  std::array<std::uint32_t, 4> watched_{1, 60, 3'600, 43'200};
};

// Whole batches through the engine's interface, by the wall clock.
void batch_row(benchmark::State& state, content_kind kind, bool on_device) {
  const std::uint32_t count =
      is_quick() ? chosen.channels : (on_device ? batch_channels : cpu_channels);
  const auto engine = on_device ? make_device_matcher(0) : std::move(*make_cpu_matcher(rule{}, {}));
  std::vector<day_content> contents;
  std::vector<fingerprint_bits> bits(count);
  std::vector<tick> batch(count);
  std::vector<tick_result> results(count);
  std::vector<all_counter> all(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    contents.emplace_back(kind, chosen.window_seconds, i + 1);
    batch[i].all_matches = &all[i];
    batch[i].channel = engine
                           ->add_channel({.window_seconds = chosen.window_seconds,
                                          .threshold = threshold_of_similarity(0.8, rule{})})
                           .value();
  }
  samples timed;
  std::int64_t time = 0;
  const std::uint32_t loaded = chosen.window_seconds;
  for ([[maybe_unused]] const auto _ : state) {
    for (std::uint32_t i = 0; i < loaded + 300; ++i) {
      ++time;
      for (std::uint32_t c = 0; c < count; ++c) {
        bits[c] = contents[c].next();
        batch[c].time = time;
        batch[c].fingerprint = bits[c];
        batch[c].search = i >= loaded;
      }
      const auto step = [&] { engine->step(batch, results); };
      i < loaded + 20 ? step() : timed.time(step);
    }
    state.SetIterationTime(timed.median());
  }
  for (const tick_result& each : results) {
    if (each.error) state.SkipWithError("the device was lost");
  }
  state.counters["channels"] = count;
  state.counters["p50_ms"] = timed.median() * 1e3;
  state.counters["p99_ms"] = timed.quantile(0.99) * 1e3;
}

class match_counter final : public run_visitor {
 public:
  void begin(const tick&) override {}
  void finish(const tick&, const tick_result& result) override { count += result.best.size(); }
  std::uint64_t count = 0;
};

void day_row(benchmark::State& state, content_kind kind) {
  std::vector<fingerprint_bits> day;
  day_content content{kind, chosen.window_seconds, 1};
  for (std::uint32_t i = 0; i < chosen.window_seconds; ++i) day.push_back(content.next());
  const auto engine = make_device_matcher(1'024);
  samples timed;
  match_counter counted;
  for ([[maybe_unused]] const auto _ : state) {
    for (std::uint32_t i = 0; i < chosen.repetitions; ++i) {
      const channel_id id = engine
                                ->add_channel({.window_seconds = chosen.window_seconds,
                                               .threshold = threshold_of_similarity(0.8, rule{})})
                                .value();
      std::vector<tick> run;
      for (std::size_t t = 0; t < day.size(); ++t) {
        run.push_back({id, static_cast<std::int64_t>(t), day[t]});
      }
      timed.time([&] { engine->step_run(run, counted); });
      engine->remove_channel(id);
    }
    state.SetIterationTime(timed.sum());
  }
  state.counters["median_ms"] = timed.median() * 1e3;
  state.counters["matches"] = static_cast<double>(counted.count) / chosen.repetitions;
}

}  // namespace

void add_gpu_benches() {
  const device_list listed = list_cuda_devices();
  if (listed.found.empty()) {
    std::fprintf(stderr, "reprise-bench: the rows gpu/* are left out: %s\n", listed.why.c_str());
    return;
  }
  benchmark::AddCustomContext("device", listed.found[0].name);
  add_bench("gpu/copy", copy_row);
  add_bench("gpu/plain_xor", plain_xor_row);
  for (const content_kind kind :
       {content_kind::random, content_kind::adverts, content_kind::still, content_kind::flicker}) {
    const std::string name{name_of(kind)};
    add_bench("gpu/score/" + name, score_row, kind);
    add_bench("gpu/day/" + name, day_row, kind);
  }
  for (const content_kind kind : {content_kind::adverts, content_kind::still}) {
    const std::string name{name_of(kind)};
    add_bench("gpu/batch/" + name, batch_row, kind, true);
    add_bench("gpu/cpu/" + name, batch_row, kind, false);
  }
}

}  // namespace reprise::bench
