// The live service on its real stores: what the same seconds leave in SQLite, before and after a
// kill.
#include <gtest/gtest.h>

#include "host/match/cpu_matcher.hpp"
#include "tests/service_support.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t first_tick = world_begin + 10;

class ServiceOnSqlite : public testing::TestWithParam<std::uint64_t> {
 protected:
  void start() {
    executors_.push_back(std::make_unique<service_world::threads>(world_.time, world_.random));
    auto& on = *executors_.back();
    const service_options& options = world_.options;
    world_.service = make_live_service(
        service_parts{
            world_.time, on.engine, on.history, on.state, on.reader, on.memory,
            open_history(directory_.path()).value(), open_state(directory_.path()).value(),
            make_cpu_matcher(rule{}, {.threads = 1}).value(), world_, world_,
            [](const failure& why) { ADD_FAILURE() << why.what; },
            [this](log_level, std::string_view event, auto) { world_.logged.emplace_back(event); },
            &on.auditor, GetParam()},
        options);
    bool started = false;
    world_.service->start([&](const outcome<void>& ended) { started = ended.has_value(); });
    world_.run_for(2s);
    ASSERT_TRUE(started);
  }
  void kill() {
    world_.service.reset();
    executors_.back()->abandon();
  }
  [[nodiscard]] const channel_entry& entry() {
    return *world_.service->book().find(std::string_view{"a"});
  }
  template <typename T, typename Ask>
  T answer(Ask ask) {
    std::optional<outcome<T>> got;
    ask([&](outcome<T> answered) { got.emplace(std::move(answered)); });
    world_.run_for(2s);
    return got.value().value();
  }

  temporary_directory directory_;
  service_world world_{GetParam()};
  std::vector<std::unique_ptr<service_world::threads>> executors_;
};

TEST_P(ServiceOnSqlite, LeavesWhatAScanGivesWithAKillInBetween) {
  start();
  channel_settings settings;
  settings.reporting_url = "http://sink.test/";
  (void)answer<put_answer>(
      [&](auto then) { world_.service->put_channel("a", settings, std::move(then)); });
  const auto content = make_broadcast(GetParam(), 200, first_tick, 300);
  for (std::int64_t second = first_tick; second < first_tick + 300; ++second) {
    world_.run_to(second);
    const auto found = content.find(second);
    arrival made{.channel = entry().number, .time = second};
    made.received = world_.time.clock().steady();
    if (found == content.end()) {
      made.reason = gap_reason::status;
    } else {
      made.bits = found->second;
    }
    world_.service->take(made);
    if (second != first_tick + 170) continue;
    world_.run_for(std::chrono::milliseconds{world_.random() % 900});
    kill();
    start();
  }
  world_.drain();
  const channel_number number = entry().number;
  const auto stored = answer<std::vector<recorded_second>>(
      [&](auto then) { world_.service->read_history(number, 0, time_max, 1000, std::move(then)); });
  std::map<std::int64_t, fingerprint> seconds;
  for (const recorded_second& each : stored) seconds[each.time] = each.bits;
  search_settings searched{.window_seconds = 200};
  searched.threshold = threshold_of_similarity(0.8, rule{});
  const auto expected = scan_seconds(seconds, searched);
  page_request all;
  all.limit = 1000;
  const auto matches = answer<page<match_row>>(
      [&](auto then) { world_.service->read_matches(number, all, std::move(then)); });
  ASSERT_EQ(matches.items.size(), expected.matches.size());
  for (const match_row& row : matches.items) EXPECT_EQ(row.best, expected.matches.at(row.time));
  const auto reports = answer<std::vector<delivery>>(
      [&](auto then) { world_.service->read_waiting(0, 1000, std::move(then)); });
  ASSERT_EQ(reports.size(), expected.matches.size());
  const auto repeats = answer<page<repeat>>(
      [&](auto then) { world_.service->read_repeats(number, all, std::move(then)); });
  EXPECT_EQ(repeats.items.size(), expected.repeats.size());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ServiceOnSqlite, testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace reprise
