#include "net/simulate/simulation_run.hpp"

#include <fmt/format.h>
#include <algorithm>

#include <thread>

#include "net/simulate/network_thread.hpp"

namespace reprise::simulate {
namespace {

constexpr std::chrono::milliseconds wait_step{100};
constexpr std::chrono::seconds ready_max{120};
constexpr std::int64_t starts_a_second = 200;  // channels that a service starts in a second
constexpr std::int64_t first_tick_slack = 3;   // seconds

class simulation {
 public:
  simulation(const simulation_options& options, matcher& exact,
             const std::atomic<bool>& interrupted,
             const std::function<void(std::string_view)>& tell)
      : options_{options},
        exact_{exact},
        interrupted_{interrupted},
        tell_{tell},
        shown_{options.shown},
        service_{options.service, options.key} {}

  outcome<simulation_verdict> run() {
    if (auto opened = open(); !opened) return opened.error();
    network_thread network{io_};
    if (auto awaited = await_service(); !awaited) return awaited.error();
    if (auto added = add_channels(); !added) return added.error();
    tell_(
        fmt::format("{} channels are registered; watching for {} s", channels(), options_.seconds));
    watch(std::chrono::seconds{options_.seconds});
    if (auto ended = end_channels(); !ended) return ended.error();
    if (auto settled = settle(); !settled) return settled.error();
    network.finish();  // from here on, what the servers hold is this thread's
    return judge_all();
  }

 private:
  [[nodiscard]] std::uint32_t channels() const { return options_.sources.channels; }
  [[nodiscard]] std::int64_t now() const { return tick_of(clock_.wall()); }

  outcome<void> open() {
    auto sources = source_server::make(io_, clock_, shown_, options_.sources);
    if (!sources) return sources.error();
    auto sink = report_sink::make(io_, clock_, options_.sink);
    if (!sink) return sink.error();
    sources_ = std::move(*sources);
    sink_ = std::move(*sink);
    return {};
  }

  outcome<void> await_service() {
    const steady_time latest = clock_.steady() + ready_max;
    for (;;) {
      const auto ready = service_.ready();
      if (!ready) return ready.error();
      if (*ready) return {};
      if (ended() || clock_.steady() >= latest) {
        return failure{errc::loading, options_.service + ": the service does not become ready"};
      }
      wait(wait_step);
    }
  }

  outcome<void> add_channels() {
    begun_ = now();
    if (auto added =
            register_channels(service_, *sources_, shown_.seed(), channels(), sink_->url());
        !added) {
      return added.error();
    }
    registered_ = now();
    return {};
  }

  outcome<void> end_channels() {
    ending_ = now();
    for (std::uint32_t channel = 0; channel < channels(); ++channel) {
      if (auto done = service_.disable_channel(simulated_name(shown_.seed(), channel)); !done) {
        return done.error();
      }
    }
    ended_ = now();
    return {};
  }

  // An asking that is under way has its deadline, interrupted or not: else its second would be
  // missing. Then reports may wait for a sink that was down.
  outcome<void> settle() {
    constexpr std::chrono::seconds asking_max{2};
    std::this_thread::sleep_for(asking_max);
    const steady_time latest = clock_.steady() + options_.settle_max;
    for (;;) {
      const auto waiting = service_.deliveries_waiting();
      if (!waiting) return waiting.error();
      if (!*waiting) return {};
      if (ended() || clock_.steady() >= latest) break;
      wait(std::chrono::seconds{1});
    }
    tell_("reports still wait at the service; they are judged as missing");
    return {};
  }

  [[nodiscard]] bool ended() const noexcept { return interrupted_ || unwanted_; }

  void watch(std::chrono::seconds span) {
    const steady_time begun = clock_.steady();
    while (!ended() && clock_.steady() < begun + span) {
      std::this_thread::sleep_for(wait_step);
      if (!options_.watch) continue;
      net::post(io_, [this, begun] {
        const auto at = std::chrono::floor<std::chrono::seconds>(clock_.steady() - begun).count();
        if (!options_.watch(sink_->log(), at)) unwanted_ = true;
      });
    }
  }

  void wait(std::chrono::nanoseconds span) {
    const steady_time until = clock_.steady() + span;
    while (!ended() && clock_.steady() < until) std::this_thread::sleep_for(wait_step);
  }

  outcome<simulation_verdict> judge_all() {
    simulation_verdict verdict;
    for (std::uint32_t channel = 0; channel < channels(); ++channel) {
      const auto evidence = gather(channel);
      if (!evidence) return evidence.error();
      auto judged = judge(*evidence, exact_);
      if (!judged) return judged.error();
      verdict.add(std::move(*judged));
    }
    verdict.delay = percentiles_of(sink_->log().delays_ms());
    verdict.sink = sink_->log().counts();
    return verdict;
  }

  outcome<channel_evidence> gather(std::uint32_t channel) {
    channel_evidence evidence{.name = simulated_name(shown_.seed(), channel)};
    const auto seen = service_.channel(evidence.name);
    if (!seen) return seen.error();
    auto exported = service_.exported(evidence.name);
    if (!exported) return exported.error();
    evidence.settings = simulated_search();
    evidence.exported = std::move(*exported);
    const auto& received = sink_->log().channels();
    if (const auto found = received.find(evidence.name); found != received.end()) {
      evidence.reports = &found->second;
    }
    evidence.served = [this, channel](std::int64_t tick, const fingerprint& bits) {
      return sources_->served(channel, tick, bits);
    };
    evidence.served_from = sources_->remembered_from(channel);
    const std::int64_t starting = channels() / starts_a_second + first_tick_slack;
    // A source that tells its second is believed, also where its clock runs away.
    const std::int64_t ahead =
        options_.sources.frame_time ? sources_->seconds_ahead(channel) : std::int64_t{0};
    evidence.account =
        gap_account{.gaps = seen->gaps,
                    .last = seen->durable_through,
                    // A source that tells its second may be in the one before ours.
                    .first_least = begun_ - (options_.sources.frame_time ? 1 : 0),
                    .first_most = registered_ + starting,
                    .last_least = ending_ - first_tick_slack + std::min<std::int64_t>(0, ahead),
                    .last_most = ended_ + 1 + std::max<std::int64_t>(0, ahead)};
    return evidence;
  }

  const simulation_options& options_;
  matcher& exact_;
  const std::atomic<bool>& interrupted_;
  std::atomic<bool> unwanted_{false};  // its watcher has had enough
  const std::function<void(std::string_view)>& tell_;
  system_clock_source clock_;
  broadcast shown_;
  service_calls service_;
  net::io_context io_{1};
  std::unique_ptr<source_server> sources_;
  std::unique_ptr<report_sink> sink_;
  std::int64_t begun_ = 0, registered_ = 0, ending_ = 0, ended_ = 0;  // ticks
};

}  // namespace

std::string simulated_name(std::uint64_t seed, std::uint32_t channel) {
  return fmt::format("simulated-{}-{:04}", seed, channel);
}

outcome<void> register_channels(service_calls& service, const source_server& sources,
                                std::uint64_t seed, std::uint32_t channels,
                                const std::string& reporting_url) {
  for (std::uint32_t channel = 0; channel < channels; ++channel) {
    const std::string name = simulated_name(seed, channel);
    if (auto removed = service.remove_channel(name); !removed) return removed.error();
    auto put = service.put_channel(name, simulated_settings(sources.url(channel), reporting_url));
    if (!put) return put.error();
  }
  return {};
}

outcome<simulation_verdict> run_simulation(const simulation_options& options, matcher& exact,
                                           const std::atomic<bool>& interrupted,
                                           const std::function<void(std::string_view)>& tell) {
  return simulation{options, exact, interrupted, tell}.run();
}

}  // namespace reprise::simulate
