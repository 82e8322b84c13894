// tick/CONTENT/KERNEL  one second of many channels with a full window, cold: each channel is
// visited once
//   in a round over all of them. random and adverts step a round as one batch (as the service does)
//   and report the mean; still and flicker step channel by channel and report median and p99.
// switch/...           the ticks around a switch of search: a prefix that becomes hot slowly, one
// that is
//   hot at once (half the window was still, long ago), and the way back. The worst tick of each
//   channel.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/benches.hpp"
#include "bench/channels.hpp"
#include "bench/sizes.hpp"
#include "host/match/agreement_kernels.hpp"
#include "host/match/cpu_matcher.hpp"

namespace reprise::bench {
namespace {

void tick_in_batches(benchmark::State& state, content_kind kind, std::string_view kernel) {
  full_channels channels{kind, chosen.window_seconds + 16, kernel};
  samples warm, timed;
  for (int i = 0; i < 8; ++i) channels.step_batch(warm);
  for ([[maybe_unused]] const auto _ : state) {
    for (std::uint32_t i = 0; i < chosen.rounds * 10; ++i) channels.step_batch(timed);
    state.SetIterationTime(timed.sum());
  }
  channels.check();
  state.counters["mean_us"] = timed.mean() / chosen.channels * 1e6;
  state.counters["median_us"] = timed.median() / chosen.channels * 1e6;
  state.counters["p99_us"] = timed.quantile(0.99) / chosen.channels * 1e6;
  state.counters["MB_a_channel"] = static_cast<double>(channels.bytes_a_channel()) / 1e6;
}

void tick_each(benchmark::State& state, content_kind kind, std::string_view kernel) {
  full_channels channels{kind, chosen.window_seconds + 16, kernel};
  samples warm, timed;
  for (int i = 0; i < 6; ++i) channels.step_each(warm);
  for ([[maybe_unused]] const auto _ : state) {
    for (std::uint32_t i = 0; i < chosen.rounds / 10; ++i) channels.step_each(timed);
    state.SetIterationTime(timed.sum());
  }
  channels.check();
  state.counters["median_us"] = timed.median() * 1e6;
  state.counters["p99_us"] = timed.quantile(0.99) * 1e6;
  state.counters["p99_of_median"] = timed.quantile(0.99) / timed.median();
  state.counters["MB_a_channel"] = static_cast<double>(channels.bytes_a_channel()) / 1e6;
}

void report_switch(benchmark::State& state, samples& timed) {
  state.SetIterationTime(timed.sum());
  state.counters["median_us"] = timed.median() * 1e6;
  state.counters["p99_us"] = timed.quantile(0.99) * 1e6;
  state.counters["max_us"] = timed.quantile(1) * 1e6;
}

// The still part of the window grows until its prefix is hot: timed is the round that passes the
// mark.
void switch_slowly(benchmark::State& state, std::string_view kernel) {
  const std::uint32_t mark = chosen.window_seconds / cpu_options{}.hot_share;
  full_channels channels{content_kind::random, chosen.window_seconds, kernel};
  channels.turn_to(content_kind::still);
  channels.load(mark - 8);
  samples before, timed;
  for (int i = 0; i < 8; ++i) channels.step_each(before);
  for ([[maybe_unused]] const auto _ : state) {
    for (int i = 0; i < 2; ++i) channels.step_each(timed);
    channels.check();
    report_switch(state, timed);
  }
  state.counters["before_us"] = before.median() * 1e6;
}

// Half the window was still; after other content the picture is still again, then no more.
void switch_at_once(benchmark::State& state, std::string_view kernel, bool back) {
  full_channels channels{content_kind::still, chosen.window_seconds / 2, kernel};
  channels.turn_to(content_kind::random);
  channels.load(chosen.window_seconds / 4);
  channels.turn_to(content_kind::still);
  samples untimed, timed;
  for (int i = 0; back && i < 10; ++i) channels.step_each(untimed);
  if (back) channels.turn_to(content_kind::random);
  for ([[maybe_unused]] const auto _ : state) {
    for (int i = 0; i < 8; ++i) channels.step_each(timed);
    channels.check();
    report_switch(state, timed);
  }
}

}  // namespace

void add_tick_benches() {
  for (const content_kind kind : {content_kind::random, content_kind::adverts}) {
    add_bench("tick/" + std::string{name_of(kind)}, tick_in_batches, kind, std::string_view{});
  }
  for (const agreement_kernel& kernel : agreement_kernels()) {
    if (!kernel.supported || kernel.name == "scalar") continue;
    for (const content_kind kind : {content_kind::still, content_kind::flicker}) {
      add_bench("tick/" + std::string{name_of(kind)} + "/" + std::string{kernel.name}, tick_each,
                kind, kernel.name);
    }
  }
}

void add_switch_benches() {
  for (const agreement_kernel& kernel : agreement_kernels()) {
    if (!kernel.supported || kernel.name == "scalar") continue;
    const std::string name{kernel.name};
    add_bench("switch/slowly/" + name, switch_slowly, kernel.name);
    add_bench("switch/at_once/" + name, switch_at_once, kernel.name, false);
    add_bench("switch/back/" + name, switch_at_once, kernel.name, true);
  }
}

}  // namespace reprise::bench
