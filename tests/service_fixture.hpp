// What the tests of the live service share: a world that has started, and a broadcast of 100
// seconds that comes again and again.
//
// Shapes   ticks begin at first_tick
// Threads  one
// Owns     the world
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/service_support.hpp"

namespace reprise {

class service_test : public testing::Test {
 protected:
  static constexpr std::int64_t first_tick = world_begin + 10;
  using broadcast = std::map<std::int64_t, fingerprint>;

  service_test() { world_.start(); }

  void add(const std::string& name, bool report_empty = false) {
    channel_settings settings;
    settings.reporting_url = "http://sink.test/";
    settings.report_empty = report_empty;
    world_.put(name, settings);
  }
  static const fingerprint& bits_of(std::int64_t second) {
    static const broadcast once = [] {
      std::mt19937_64 random{7};
      broadcast made;
      for (std::int64_t i = 0; i < 100; ++i) {
        for (std::byte& each : made[i]) each = static_cast<std::byte>(random());
      }
      return made;
    }();
    return once.at(second % 100);
  }
  void poll(const std::string& name, std::int64_t from, std::int64_t to) {
    for (std::int64_t second = from; second < to; ++second) {
      world_.run_to(second);
      world_.poll(name, second, &bits_of(second));
    }
    world_.run_for(std::chrono::milliseconds{900});
  }
  static std::vector<recorded_second> seconds(std::int64_t from, std::int64_t to) {
    std::vector<recorded_second> made;
    for (std::int64_t second = from; second < to; ++second)
      made.push_back({second, bits_of(second)});
    return made;
  }
  channel_entry& entry(const std::string& name) {
    return *world_.service->book().find(std::string_view{name});
  }
  std::vector<outcome<tick_answer>> call(const std::string& name, std::int64_t second, int times,
                                         tick_overrides overrides = {}) {
    auto answers = std::make_shared<std::vector<outcome<tick_answer>>>();
    for (int i = 0; i < times; ++i) {
      world_.service->take_now({.channel = world_.number_of(name),
                                .time = second,
                                .bits = bits_of(second),
                                .received = world_.time.clock().steady()},
                               overrides,
                               [answers](auto got) { answers->push_back(std::move(got)); });
      EXPECT_TRUE(answers->empty()) << "answered inside the call";
    }
    world_.run_for(std::chrono::milliseconds{900});
    return *answers;
  }

  service_world world_;
};

}  // namespace reprise
