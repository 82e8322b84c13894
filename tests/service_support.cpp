#include "tests/service_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "host/repeats.hpp"
#include "host/report_text.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

std::chrono::nanoseconds random_delay(std::mt19937_64& random) {
  const std::chrono::nanoseconds delays[] = {0ns, 100us, 3ms, 20ms, 90ms, 150ms};
  return delays[random() % std::size(delays)];
}

bool is_before(const repeat& a, const repeat& b) {
  return std::tuple{a.start, a.kind, a.lag_seconds} < std::tuple{b.start, b.kind, b.lag_seconds};
}

}  // namespace

expected_answers scan_seconds(const std::map<std::int64_t, fingerprint>& seconds,
                              const search_settings& settings) {
  expected_answers made;
  const auto engine = make_reference_matcher(rule{}).value();
  const channel_id id = engine->add_channel(settings).value();
  repeat_tracker tracker{rule{}, settings.window_seconds};
  for (const auto& [time, bits] : seconds) {
    tracker.begin_tick(time);
    const tick taken{id, time, bits, &tracker};
    tick_result answer;
    engine->step({&taken, 1}, {&answer, 1});
    for (const match& each : answer.best) {
      made.matches[time].push_back({time - each.lag_seconds, each.score});
    }
    const auto closed = tracker.finish_tick(answer);
    made.repeats.insert(made.repeats.end(), closed.begin(), closed.end());
  }
  const auto open = tracker.open_repeats();
  made.repeats.insert(made.repeats.end(), open.begin(), open.end());
  std::sort(made.repeats.begin(), made.repeats.end(), is_before);
  return made;
}

std::map<std::int64_t, fingerprint> make_broadcast(std::uint64_t seed, std::uint32_t reach,
                                                   std::int64_t from, std::int64_t seconds) {
  std::map<std::int64_t, fingerprint> made;
  hostile_content content{rule{}, reach, seed};
  std::optional<std::int64_t> first;
  for (;;) {
    const made_second second = content.next();
    if (!first) first = second.time;
    const std::int64_t time = from + second.time - *first;
    if (time >= from + seconds) return made;
    if (second.fingerprint.empty()) continue;
    std::memcpy(made[time].data(), second.fingerprint.data(), fingerprint_bytes);
  }
}

service_world::threads::threads(simulated_scheduler& time, std::mt19937_64& random)
    : engine{time, random_delay(random)},
      history{time, random_delay(random)},
      state{time, random_delay(random)},
      reader{time, random_delay(random)},
      memory{time, 2ms},
      auditor{time, 5ms} {}

void service_world::threads::abandon() {
  for (auto* each : {&engine, &history, &state, &reader, &memory, &auditor}) each->abandon();
}

service_world::service_world(std::uint64_t seed)
    : random{seed}, time{start_of_tick(world_begin)}, seed_{seed} {
  options.defaults.window_seconds = 200;
  options.audit_interval = 1s;
  make_engine = [] { return make_cpu_matcher(rule{}, {.threads = 1}).value(); };
}

service_world::~service_world() {
  if (engine_lies) return;
  EXPECT_EQ(logged_count("the engine's answer is wrong"), 0u);
}

void service_world::prepare() {
  executors = std::make_unique<threads>(time, random);
  auto engine = make_engine();
  if (wrap_engine) engine = wrap_engine(std::move(engine));
  service_parts parts{time,
                      executors->engine,
                      executors->history,
                      executors->state,
                      executors->reader,
                      executors->memory,
                      open_memory_history(disk),
                      open_memory_state(disk),
                      std::move(engine),
                      *this,
                      *this,
                      [this](const failure& failed) { fatal.push_back(failed); },
                      [this](log_level, std::string_view event, const auto& fields) {
                        std::string line{event};
                        for (const log_field& each : fields) {
                          line.append(" ").append(each.key).append("=").append(each.value);
                        }
                        logged.push_back(std::move(line));
                      },
                      &executors->auditor,
                      seed_};
  service = make_live_service(std::move(parts), options);
}

void service_world::start() {
  prepare();
  bool started = false;
  service->start([&](const outcome<void>& ended) {
    EXPECT_TRUE(ended);
    started = true;
  });
  for (int i = 0; i < 100 && !started; ++i) time.run_for(10ms);
  EXPECT_TRUE(started);
}

void service_world::kill() {
  service.reset();
  executors->abandon();
  dead_.push_back(std::move(executors));
}

void service_world::drain() {
  bool drained = false;
  service->drain([&] { drained = true; });
  for (int i = 0; i < 600 && !drained; ++i) time.run_for(100ms);
  EXPECT_TRUE(drained);
}

void service_world::run_to(std::int64_t second) {
  const auto left = start_of_tick(second) - time.clock().wall();
  if (left > 0ns) time.run_for(left);
}

void service_world::run_until_ready() {
  for (int i = 0; i < 3000 && !service->phase().ready; ++i) time.run_for(10ms);
  EXPECT_TRUE(service->phase().ready);
}

channel_entry& service_world::put(const std::string& name, const channel_settings& settings) {
  std::optional<outcome<put_answer>> answered;
  service->put_channel(name, settings, [&](auto got) { answered.emplace(std::move(got)); });
  for (int i = 0; i < 1000 && !answered; ++i) time.run_for(10ms);
  EXPECT_TRUE(answered && *answered);
  return *service->book().find(std::string_view{name});
}

void service_world::poll(const std::string& name, std::int64_t second, const fingerprint* bits,
                         gap_reason reason) {
  arrival made{.channel = number_of(name), .time = second, .received = time.clock().steady()};
  if (bits == nullptr) {
    made.reason = reason;
  } else {
    made.bits = *bits;
  }
  service->take(made);
}

void service_world::poll_second(
    const std::map<std::string, std::map<std::int64_t, fingerprint>>& shown, std::int64_t second) {
  run_to(second);
  for (const auto& [name, content] : shown) {
    const auto found = content.find(second);
    const fingerprint* bits = found == content.end() ? nullptr : &found->second;
    if (bits == nullptr && random() % 2 == 0) continue;  // missed without a word
    run_for(std::chrono::milliseconds{random() % 40});
    poll(name, second, bits);
  }
}

outcome<push_answer> service_world::push(const std::string& name,
                                         std::vector<recorded_second> seconds) {
  std::optional<outcome<push_answer>> answered;
  service->push(name, std::move(seconds), [&](auto got) { answered.emplace(std::move(got)); });
  for (int i = 0; i < 1000 && !answered; ++i) time.run_for(10ms);
  EXPECT_TRUE(answered);
  return *answered;
}

std::map<std::int64_t, fingerprint> service_world::stored(const std::string& name) const {
  std::map<std::int64_t, fingerprint> made;
  for (const auto& [second, tick] : disk->ticks[number_of(name)]) {
    if (tick.reason == gap_reason::none) made[second] = tick.bits;
  }
  return made;
}

search_settings service_world::settings_of(const std::string& name) {
  return search_settings_of(disk->channels.at(number_of(name)).settings, options.defaults, rule{});
}

channel_number service_world::number_of(const std::string& name) const {
  for (const auto& [number, channel] : disk->channels) {
    if (channel.name == name) return number;
  }
  return 0;
}

std::vector<delivery> service_world::reports_of(const std::string& name) const {
  std::vector<delivery> made;
  for (const delivery& each : disk->deliveries) {
    if (each.channel_name == name) made.push_back(each);
  }
  return made;
}

std::vector<repeat> service_world::repeats_of(const std::string& name) const {
  std::vector<repeat> made = disk->repeats[number_of(name)];
  std::sort(made.begin(), made.end(), is_before);
  return made;
}

std::map<std::int64_t, std::vector<stored_match>> service_world::matches_of(
    const std::string& name) const {
  std::map<std::int64_t, std::vector<stored_match>> made;
  for (const auto& [of, best] : disk->matches) {
    if (of.first == number_of(name)) made[of.second] = best;
  }
  return made;
}

double service_world::figure(const std::string& name) const {
  struct figures final : metric_writer {
    void counter(std::string_view told, std::string_view, metric_labels labels,
                 double value) override {
      std::string key{told};
      for (const auto& [label, text] : labels) key.append(" ").append(text);
      values[key] = value;
    }
    void gauge(std::string_view told, std::string_view help, metric_labels labels,
               double value) override {
      counter(told, help, labels, value);
    }
    void histogram(std::string_view, std::string_view, metric_labels,
                   const latency_histogram&) override {}
    std::map<std::string, double> values;
  } read;
  service->write_metrics(read);
  return read.values.at(name);
}

std::size_t service_world::logged_count(std::string_view beginning) const {
  return static_cast<std::size_t>(
      std::count_if(logged.begin(), logged.end(),
                    [&](const std::string& line) { return line.starts_with(beginning); }));
}

void service_world::expect_scanned(const std::string& name) {
  const expected_answers expected = scan_seconds(stored(name), settings_of(name));
  const auto got = matches_of(name);
  EXPECT_EQ(got.size(), expected.matches.size()) << name;
  for (const auto& [second, best] : expected.matches) {
    const auto found = got.find(second);
    ASSERT_NE(found, got.end()) << name << " has no matches at " << second - world_begin;
    ASSERT_EQ(found->second, best) << name << " at " << second - world_begin;
  }
  // Each list but for what the other has: nothing. A gap behind the last second closes what the
  // scan leaves open.
  const auto stored_repeats = repeats_of(name);
  const auto compare = [&](const std::vector<repeat>& some, const std::vector<repeat>& others,
                           const char* what) {
    for (repeat each : some) {
      const bool is_there = std::any_of(others.begin(), others.end(), [&](repeat other) {
        other.open = each.open;
        return other == each;
      });
      EXPECT_TRUE(is_there) << name << " " << what << " " << each.start - world_begin << " to "
                            << each.end - world_begin << " lag " << each.lag_seconds
                            << (each.kind == repeat_kind::still ? " still" : "")
                            << (each.open ? " open" : "");
    }
  };
  compare(stored_repeats, expected.repeats, "has a repeat");
  compare(expected.repeats, stored_repeats, "lacks a repeat");
}

void service_world::expect_reports(const std::string& name) {
  const auto expected = scan_seconds(stored(name), settings_of(name));
  const auto reports = reports_of(name);
  ASSERT_EQ(reports.size(), expected.matches.size()) << name;
  auto at = expected.matches.begin();
  for (const delivery& report : reports) {
    EXPECT_EQ(report.time, at->first);
    EXPECT_EQ(report.body, report_body(name, at->first, at->second));
    ++at;
  }
}

}  // namespace reprise
