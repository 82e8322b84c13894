#include "tests/simulated_day.hpp"

#include <gtest/gtest.h>

#include "host/match/cpu_matcher.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

enum purpose : std::uint64_t { of_grid = 60, of_drift, of_fault, of_moment, of_span };

// What befalls the disk, in seconds since the beginning: once in each of these spans.
constexpr std::int64_t disk_period = 1'800;
constexpr std::int64_t full_at = 700, space_at = 730;  // shorter than ticks wait in memory
constexpr std::int64_t failed_sync_at = 1'300;         // one a process: a second one may end it
constexpr auto down_for = 12s;

}  // namespace

struct simulated_day::process {
  process(simulated_scheduler& time, std::uint64_t seed)
      : core{time},
        engine{time, 2ms},
        history{time, 3ms},
        state{time, 150ms},  // so that the power finds reports that are owed and not yet written
        reader{time, 1ms},
        memory{time, 2ms},
        auditor{time, 5ms},
        random{make_seeded_random(seed)} {}
  void kill() {
    core.kill();
    polls.reset();
    service.reset();
    reports.reset();
    for (simulated_executor* each : {&engine, &history, &state, &reader, &memory, &auditor}) {
      each->abandon();
    }
  }

  mortal_scheduler core;
  simulated_executor engine, history, state, reader, memory, auditor;
  std::unique_ptr<random_source> random;
  std::unique_ptr<reporter> reports;
  std::unique_ptr<live_service> service;
  std::unique_ptr<poller> polls;
};

simulated_day::simulated_day(const day_plan& plan)
    : plan_{plan}, network_{time_, plan.seed}, disk_{plan.seed} {
  for (std::uint32_t i = 0; i < plan.channels; ++i) network_.add(source_of(i));
}

simulated_day::~simulated_day() {
  if (process_) process_->kill();
}

std::string simulated_day::channel_name(std::uint32_t channel) {
  return std::string{"c"} += std::to_string(channel);
}

channel_settings simulated_day::settings_of(std::uint32_t channel) const {
  channel_settings made;
  made.source_url = simulated_sources::url(channel);
  made.reporting_url = simulated_network::sink_url;
  if (channel % 8 == 1) made.top_k = 3;
  if (channel % 8 == 2) made.similarity = 0.99;
  if (channel % 8 == 3) made.still = still_policy::skip;
  if (channel % 8 == 4) made.min_lag_seconds = 30;
  if (channel % 8 == 5) made.window_seconds = 900;
  return made;
}

search_settings simulated_day::searched_by(std::uint32_t channel) const {
  return search_settings_of(settings_of(channel), options_.defaults, rule{});
}

// A source has a clock of its own, and something happens to it about every ten minutes.
simulated_source simulated_day::source_of(std::uint32_t channel) const {
  constexpr fault_kind kinds[] = {
      fault_kind::hang,  fault_kind::refuse,     fault_kind::status,
      fault_kind::slow,  fault_kind::still,      fault_kind::frame_shift,
      fault_kind::still, fault_kind::frame_text, fault_kind::slow};
  constexpr double fault_every = 600;
  const std::uint64_t seed = plan_.seed * 1'000 + channel;
  simulated_source made;
  made.grid = {.phase = simulated_chance(seed, of_grid, 0),
               .drift_ppm = 400 * simulated_chance(seed, of_drift, 0) - 200,
               .jitter = 0.05,
               .delay_max = 0.1,
               .seed = seed};
  made.frame_time = channel % 2 == 0;
  for (std::int64_t n = 0; static_cast<double>(n) * fault_every < static_cast<double>(plan_.ticks);
       ++n) {
    source_fault fault;
    const double drawn = simulated_chance(seed, of_fault, n) * std::size(kinds);
    fault.kind = kinds[static_cast<std::size_t>(drawn)];
    fault.from = (static_cast<double>(n) + simulated_chance(seed, of_moment, n)) * fault_every;
    fault.to = fault.from + 1 +
               90 * simulated_chance(seed, of_span, n) * simulated_chance(seed, of_span, -n);
    fault.amount = fault.kind == fault_kind::slow ? 0.75 : n % 2 == 0 ? -2 : 3;
    made.faults.push_back(fault);
  }
  return made;
}

void simulated_day::start() {
  process_ = std::make_unique<process>(time_, plan_.seed + dead_.size());
  process& on = *process_;
  on.reports = std::make_unique<reporter>(reporter_parts{on.core, network_, *on.random, *this,
                                                         [](log_level, std::string_view, auto) {}});
  on.service = make_live_service(
      service_parts{on.core, on.engine, on.history, on.state, on.reader, on.memory,
                    open_history("d", disk_.name(), &time_.clock()).value(),
                    open_state("d", disk_.name()).value(),
                    make_cpu_matcher(rule{}, {.threads = 1}).value(), *this, *on.reports,
                    [](const failure& why) { ADD_FAILURE() << why.what; },
                    [](log_level, std::string_view told, const auto&) {
                      EXPECT_NE(told, "the engine's answer is wrong");
                    },
                    &on.auditor, plan_.seed},
      options_);
  on.service->start([this, &on](const outcome<void>& started) {
    ASSERT_TRUE(started) << started.error().what;
    on.reports->start(*on.service, on.service->book());
    on.polls =
        std::make_unique<poller>(poller_parts{on.core, network_, on.service->book(), *this, *this,
                                              [&on](const outage& gap) { on.service->record(gap); },
                                              [](log_level, std::string_view, auto) {}},
                                 poller_options{});
  });
  wait_until([&on] { return on.polls != nullptr && on.service->phase().ready; }, 60s);
}

// The power goes: of what was not synced, any sectors are there afterwards.
void simulated_day::kill() {
  process_->service->book().each([this](const channel_entry& entry) {
    handed_ticks& handed = handed_[entry.number];
    handed.durable_at_kill = entry.durable_through;
    handed.newest_at_kill = handed.newest;
  });
  disk_.cut_power(1);
  network_.hang_up();
  process_->kill();
  dead_.push_back(std::move(process_));
  disk_.restart(survival::some);
}

void simulated_day::take(const arrival& arrived) {
  handed_ticks& handed = handed_[arrived.channel];
  handed.oldest = std::min(handed.oldest.value_or(arrived.time), arrived.time);
  handed.newest = arrived.time;
  if (arrived.reason == gap_reason::none) handed.fingerprints.insert(arrived.time);
  process_->service->take(arrived);
}

const handed_ticks& simulated_day::handed(std::uint32_t channel) {
  return handed_[entry(channel).number];
}

void simulated_day::put_channels() {
  for (std::uint32_t i = 0; i < plan_.channels; ++i) {
    const auto put = answer<put_answer>([&](auto then) {
      process_->service->put_channel(channel_name(i), settings_of(i), std::move(then));
    });
    EXPECT_TRUE(put.created);
  }
}

void simulated_day::run() {
  start();
  put_channels();
  const auto power_goes = static_cast<std::int64_t>(
      static_cast<double>(plan_.ticks) * (0.3 + 0.4 * simulated_chance(plan_.seed, of_moment, -1)));
  for (std::int64_t second = 60; second < plan_.ticks; ++second) {
    run_to(second);
    if (second % disk_period == full_at) disk_.set_space(0);
    if (second % disk_period == space_at) disk_.set_space({});
    const bool sync_fails = second == failed_sync_at || second == power_goes + failed_sync_at;
    if (sync_fails) disk_.fail(disk_operation::sync, 1);
    if (second != power_goes) continue;
    time_.run_for(std::chrono::milliseconds{
        static_cast<std::int64_t>(1'000 * simulated_chance(plan_.seed, of_moment, -2))});
    down_from_ = now() + 1;
    kill();
    disk_.set_space({});
    time_.run_for(down_for);
    second += down_for / 1s;
    seconds_down_ += down_for / 1s - 1;
    start();
  }
  bool drained = false;
  process_->polls->drain([&] { drained = true; });
  wait_until([&] { return drained; }, 10s);
  time_.run_for(10s);
  wait_until(
      [this] {
        return answer<outbox_figures>([this](auto then) {
                 process_->service->read_outbox(std::move(then));
               }).waiting == 0;
      },
      600s);
}

void simulated_day::run_to(std::int64_t second) {
  const auto left = start_of_tick(day_begin + second) - time_.clock().wall();
  if (left > 0ns) time_.run_for(left);
}

void simulated_day::wait_until(const std::function<bool()>& over, std::chrono::seconds longest) {
  const steady_time latest = time_.clock().steady() + longest;
  while (!over() && time_.clock().steady() < latest) time_.run_for(100ms);
  EXPECT_TRUE(over());
}

template <typename T, typename Ask>
T simulated_day::answer(Ask ask) {
  std::optional<outcome<T>> got;
  ask([&got](outcome<T> answered) { got.emplace(std::move(answered)); });
  wait_until([&got] { return got.has_value(); }, 60s);
  return got.value().value();
}

const channel_entry& simulated_day::entry(std::uint32_t channel) {
  return *process_->service->book().find(std::string_view{channel_name(channel)});
}

std::vector<recorded_second> simulated_day::exported(std::uint32_t channel) {
  constexpr std::size_t page_seconds = 10'000;
  std::vector<recorded_second> all;
  for (std::int64_t from = 0;;) {
    const auto page = answer<std::vector<recorded_second>>([&](auto then) {
      process_->service->read_history(entry(channel).number, from, time_max, page_seconds,
                                      std::move(then));
    });
    all.insert(all.end(), page.begin(), page.end());
    if (page.size() < page_seconds) return all;
    from = page.back().time + 1;
  }
}

gap_counts simulated_day::gaps(std::uint32_t channel) {
  return answer<gap_counts>(
      [&](auto then) { process_->service->read_gaps(entry(channel).number, std::move(then)); });
}

}  // namespace reprise
