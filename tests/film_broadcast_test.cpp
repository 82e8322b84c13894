// The broadcast of real films in tests/data/film, as the film demo recorded it: every scheduled
// repeat is found at its place, by the engine that `scan` uses and by the reference alike.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"
#include "host/recording.hpp"
#include "host/repeats.hpp"

namespace reprise {
namespace {

std::string data_file(const std::string& name) {
  return REPRISE_FILM_DATA "/" + name;
}

nlohmann::json read_schedule() {
  std::ifstream file{data_file("schedule.json")};
  return nlohmann::json::parse(file);
}

std::vector<recorded_second> read_broadcast() {
  std::vector<recorded_second> seconds;
  const auto reader = open_recording(data_file("broadcast.ndjson"), {});
  EXPECT_TRUE(reader);
  recorded_second read;
  for (auto more = (*reader)->next(read); more && *more; more = (*reader)->next(read)) {
    seconds.push_back(read);
  }
  return seconds;
}

std::vector<repeat> find_repeats(matcher& engine, const std::vector<recorded_second>& seconds) {
  search_settings settings;
  settings.threshold = threshold_of_similarity(0.8, engine.parameters());
  settings.window_seconds = static_cast<std::uint32_t>(seconds.size());
  const auto channel = engine.add_channel(settings);
  EXPECT_TRUE(channel);
  repeat_tracker tracker{engine.parameters(), window_seconds_max};
  std::vector<repeat> found;
  const auto keep = [&](std::span<const repeat> closed) {
    found.insert(found.end(), closed.begin(), closed.end());
  };
  for (const recorded_second& second : seconds) {
    tracker.begin_tick(second.time);
    const tick taken{channel.value(), second.time, second.bits, &tracker};
    tick_result result;
    engine.step({&taken, 1}, {&result, 1});
    EXPECT_FALSE(result.error);
    keep(tracker.finish_tick(result));
  }
  keep(tracker.open_repeats());
  return found;
}

TEST(FilmBroadcast, LastsAsLongAsItsScheduleAndHasNoGap) {
  const auto seconds = read_broadcast();
  const auto schedule = read_schedule();
  ASSERT_EQ(seconds.size(), schedule.at("seconds").get<std::size_t>());
  EXPECT_GE(seconds.size(), 900u);
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    EXPECT_EQ(seconds[i].time, static_cast<std::int64_t>(i));
  }
}

TEST(FilmBroadcast, RepeatsWhatTheScheduleRepeats) {
  const auto seconds = read_broadcast();
  const auto schedule = read_schedule();
  auto cpu = make_cpu_matcher({}, {.threads = 1});
  ASSERT_TRUE(cpu);
  const std::vector<repeat> found = find_repeats(**cpu, seconds);
  ASSERT_GE(schedule.at("repeats").size(), 100u);
  for (const auto& due : schedule.at("repeats")) {
    const auto start = due.at("start").get<std::int64_t>(), end = due.at("end").get<std::int64_t>();
    const auto lag = due.at("lag").get<std::uint32_t>();
    const bool is_there = std::any_of(found.begin(), found.end(), [&](const repeat& one) {
      return one.kind == repeat_kind::ordinary && one.lag_seconds == lag && one.start <= start &&
             one.end >= end;
    });
    EXPECT_TRUE(is_there) << due.dump();
  }
  auto reference = make_reference_matcher({});
  ASSERT_TRUE(reference);
  EXPECT_EQ(found, find_repeats(**reference, seconds));
}

}  // namespace
}  // namespace reprise
