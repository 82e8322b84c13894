#include <mutex>

#include "bench/service/ceilings.hpp"
#include "bench/service/child_service.hpp"
#include "bench/service/metrics_page.hpp"
#include "bench/service/rows.hpp"
#include "host/engine.hpp"
#include "net/simulate/simulation_run.hpp"
#include "net/simulate_options.hpp"

namespace reprise::bench {
namespace {

constexpr std::uint32_t load_channels = 1'000, quick_channels = 20;
constexpr std::int64_t load_seconds = 600, quick_seconds = 12;
constexpr double hanging_share = 0.3;
constexpr double worse_most = 1.2;
constexpr double delay_most_ms = 250, report_delay_most_ms = 25;
constexpr std::size_t tick_bytes = 150;  // a fingerprint and its key
constexpr std::size_t quick_loop_seconds = 4;

// What the service takes while it is watched: its beginning and its last moment so far.
class load_watch {
 public:
  explicit load_watch(const child_service& service) : service_{service} {}

  void look() {
    const auto seen = service_.sample();
    if (!seen) return;
    const std::lock_guard lock{mutex_};
    if (!first_) first_ = *seen;
    last_ = *seen;
  }
  [[nodiscard]] double cores() const {
    if (!first_ || last_.at == first_->at) return 0;
    return (last_.cpu_seconds - first_->cpu_seconds) /
           std::chrono::duration<double>{last_.at - first_->at}.count();
  }
  [[nodiscard]] double resident_mb() const { return last_.resident_bytes / 1e6; }

 private:
  const child_service& service_;
  std::mutex mutex_;
  std::optional<process_sample> first_;
  process_sample last_;
};

simulate::simulation_options simulation_of(const row_options& options, bool hanging) {
  simulate::simulation_options made;
  made.seconds = options.seconds.value_or(options.quick ? quick_seconds : load_seconds);
  made.sources.channels = options.channels.value_or(options.quick ? quick_channels : load_channels);
  made.sources.in_phase = true;
  if (hanging) made.sources.faults = {{simulate::source_fault::hang, hanging_share}};
  if (options.quick) {  // a loop is reported of after some seconds, an advert after half a minute
    simulate::played_recording loop(quick_loop_seconds);
    for (std::size_t i = 0; i < loop.size(); ++i) {
      fingerprint bits{};
      for (std::size_t byte = 0; byte < bits.size(); ++byte) {
        bits[byte] = static_cast<std::byte>(simulate::seeded_draw(1, i, byte));
      }
      loop[i] = bits;
    }
    made.shown.recordings = {std::move(loop)};
  }
  return made;
}

void add_counts(bench_row& row, const metrics_page& run, const simulate::simulation_verdict& of) {
  double missed = 0;
  for (const auto& [label, count] : run.labelled("reprise_ticks_missed_total")) {
    // A source that is known to be down is asked every five seconds: no tick of it is missed.
    if (label.find("circuit") == std::string::npos) missed += count;
    if (count > 0) row.figures.push_back({.name = "ticks_missed{" + label + "}", .value = count});
  }
  row.figures.push_back({.name = "ticks_missed", .value = missed, .bound = 0});
  for (const auto& [label, count] : run.labelled("reprise_polls_total")) {
    row.figures.push_back({.name = "polls{" + label + "}", .value = count});
  }
  const auto add = [&row](const char* name, auto value) {
    row.figures.push_back({.name = name, .value = static_cast<double>(value)});
  };
  add("reports_owed", of.counts.owed);
  add("reports_correct", of.counts.correct);
  add("channels_clean", of.channels_clean);
}

void add_delays(bench_row& row, const metrics_page& run, const simulate::delay_percentiles& delay,
                const time_spread& exchange, const time_spread& sync) {
  const std::string least = "two exchanges and two syncs, one after the other, in this run";
  const auto add = [&](std::string name, double value, std::optional<double> bound, double ceiling,
                       std::string of) {
    row.figures.push_back({.name = std::move(name),
                           .value = value,
                           .bound = bound,
                           .ceiling = ceiling,
                           .ceiling_of = std::move(of)});
  };
  const auto both = [&](double exchanged, double synced) { return 2 * exchanged + 2 * synced; };
  add("tick_to_report_p50_ms", static_cast<double>(delay.p50_ms), {},
      both(exchange.p50_ms, sync.p50_ms), least);
  add("tick_to_report_p99_ms", static_cast<double>(delay.p99_ms), delay_most_ms,
      both(exchange.p99_ms, sync.p99_ms), least);
  row.figures.push_back(
      {.name = "tick_to_report_greatest_ms", .value = static_cast<double>(delay.greatest_ms)});
  const std::string syncs = "two syncs of a second's ticks, one after the other, in this run";
  const auto own = [&](double share) {
    return run.quantile("reprise_report_delay_seconds", share) * 1'000;
  };
  add("received_to_sent_p50_ms", own(0.5), {}, 2 * sync.p50_ms, syncs);
  add("received_to_sent_p99_ms", own(0.99), report_delay_most_ms, 2 * sync.p99_ms, syncs);
  const auto also = [&](const char* name, const char* histogram) {
    row.figures.push_back({.name = name, .value = run.quantile(histogram, 0.99) * 1'000});
  };
  also("poll_lateness_p99_ms", "reprise_tick_lateness_seconds");
  also("poll_p99_ms", "reprise_poll_seconds");
  also("received_to_durable_p99_ms", "reprise_durable_seconds");
  also("report_send_p99_ms", "reprise_report_send_seconds");
}

void compare(bench_row& row, const bench_row* calm) {
  if (calm == nullptr) return;
  for (const char* name : {"tick_to_report_p99_ms", "received_to_sent_p99_ms"}) {
    const figure* before = calm->find(name);
    const figure* now = row.find(name);
    if (before == nullptr || now == nullptr || before->value <= 0) continue;
    row.figures.push_back({.name = std::string{name} + "/calm",
                           .value = now->value / before->value,
                           .bound = worse_most});
  }
}

}  // namespace

outcome<bench_row> run_load_row(const row_options& options, bool hanging, const bench_row* calm) {
  auto simulated = simulation_of(options, hanging);
  const std::uint32_t channels = simulated.sources.channels;
  const auto folder = scratch_folder::make();
  if (!folder) return folder.error();
  const std::size_t rounds = options.quick ? 50 : 1'000;
  const auto exchange = exchange_ceiling(rounds);
  if (!exchange) return exchange.error();
  const auto sync = sync_ceiling((*folder)->path(), channels * tick_bytes, rounds / 5);
  if (!sync) return sync.error();

  auto service = child_service::start(options.program, (*folder)->path() + "/data");
  if (!service) return service.error();
  simulated.service = (*service)->url();
  load_watch watched{**service};
  simulated.watch = [&watched](const auto&, std::int64_t) {
    watched.look();
    return true;
  };
  plain_client client;
  const auto before = metrics_page::fetch(client, (*service)->url());
  if (!before) return before.error();
  const auto exact = make_offline_engine(rule{}, {.kind = engine_kind::cpu});
  if (!exact) return exact.error();
  const auto verdict =
      run_simulation(simulated, *exact->engine, simulate::catch_interruption(), [](auto) {});
  if (!verdict) return verdict.error();
  const auto after = metrics_page::fetch(client, (*service)->url());
  if (!after) return after.error();
  if (auto stopped = (*service)->stop(); !stopped) return stopped.error();

  const metrics_page run = after->since(*before);
  bench_row row{.name = hanging ? "hanging" : "load",
                .parameters = {{"channels", std::to_string(channels)},
                               {"seconds", std::to_string(simulated.seconds)}}};
  row.figures.push_back({.name = "serve_cores", .value = watched.cores(), .bound = 1});
  row.figures.push_back({.name = "serve_resident_mb", .value = watched.resident_mb()});
  add_delays(row, run, verdict->delay, *exchange, *sync);
  add_counts(row, run, *verdict);
  compare(row, calm);
  if (!verdict->clean() || verdict->counts.owed == 0) row.wrong = verdict_text(*verdict);
  if (run.value("reprise_report_delay_seconds_count") == 0) row.wrong += "no delay was measured";
  return row;
}

}  // namespace reprise::bench
