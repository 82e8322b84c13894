// Bounds of the live service that are reached: a channel's lane, channels, pushes, the calls for
// one tick. What finds no place is refused or a gap, and nobody else is held up.
#include <gtest/gtest.h>

#include <algorithm>

#include "host/channel_lane.hpp"
#include "host/match/cpu_matcher.hpp"
#include "tests/service_fixture.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class ServiceOverload : public service_test {
 protected:
  // Begins a push whose answer is counted.
  void push(const std::string& name, std::vector<recorded_second> pushed) {
    world_.service->push(name, std::move(pushed), [this](const outcome<push_answer>& got) {
      ++(got ? taken_ : refused_);
      if (!got) why_ = got.error().code;
    });
  }
  static std::string name_of(int channel) { return std::string{"c"} += std::to_string(channel); }
  std::map<std::int64_t, stored_tick>& ticks_of(const std::string& name) {
    return world_.disk->ticks[world_.number_of(name)];
  }
  int taken_ = 0, refused_ = 0;
  errc why_{};
};

// A push holds the lane for as long as it is being stored.
TEST_F(ServiceOverload, MakesGapsOfTheTicksThatFindTheirLaneFullAndOfThoseAlone) {
  add("full");
  add("other");
  poll("full", first_tick, first_tick + 105);
  poll("other", first_tick + 106, first_tick + 107);
  const std::int64_t begin = first_tick + 110;
  constexpr auto kept = static_cast<std::int64_t>(lane_ticks_max);
  constexpr std::int64_t left_out = 20;
  world_.run_to(begin);
  world_.executors->history.set_delay(90s);
  push("full", seconds(first_tick - 20, first_tick - 10));
  world_.run_for(10ms);
  for (std::int64_t second = begin; second < begin + kept + left_out; ++second) {
    world_.run_to(second);
    world_.poll("full", second, &bits_of(second));
  }
  const auto overload = static_cast<std::size_t>(gap_reason::overload);
  EXPECT_EQ(entry("full").gaps[overload], static_cast<std::uint64_t>(left_out));
  EXPECT_EQ(entry("full").last_time, begin + kept - 1) << "what is left out is not shown";
  EXPECT_EQ(entry("other").gaps[overload], 0U);

  world_.executors->history.set_delay(1ms);
  world_.run_for(10s);
  const std::int64_t again = tick_of(world_.time.clock().wall()) + 1;
  poll("full", again, again + 10);
  world_.drain();
  EXPECT_EQ(taken_, 1);
  for (std::int64_t second = begin; second < begin + kept + left_out; ++second) {
    SCOPED_TRACE(second - begin);
    ASSERT_TRUE(ticks_of("full").contains(second));
    const stored_tick& tick = ticks_of("full").at(second);
    if (second < begin + kept) {
      EXPECT_EQ(tick.reason, gap_reason::none);
      EXPECT_EQ(tick.bits, bits_of(second));
    } else {
      EXPECT_EQ(tick.reason, gap_reason::overload);
    }
  }
  EXPECT_EQ(ticks_of("full").at(again + 9).reason, gap_reason::none);
}

// A source that jumps: each second that it has left out is a gap, all of them at once.
TEST_F(ServiceOverload, KeepsTheFingerprintBehindABurstOfGaps) {
  add("jumps");
  poll("jumps", first_tick, first_tick + 10);
  const std::int64_t begin = first_tick + 20;
  constexpr std::int64_t left_out = 2 * static_cast<std::int64_t>(lane_ticks_max);
  world_.run_to(begin);
  for (std::int64_t second = begin; second < begin + left_out; ++second) {
    world_.poll("jumps", second, nullptr);
  }
  world_.poll("jumps", begin + left_out, &bits_of(begin + left_out));
  world_.drain();
  const stored_tick& shown = ticks_of("jumps").at(begin + left_out);
  EXPECT_EQ(shown.reason, gap_reason::none);
  EXPECT_EQ(shown.bits, bits_of(begin + left_out));
  const gap_reason why = ticks_of("jumps").at(begin).reason;
  for (std::int64_t second = begin; second < begin + left_out; ++second) {
    EXPECT_EQ(ticks_of("jumps").at(second).reason, why) << second - begin;
  }
  EXPECT_NE(why, gap_reason::overload);
}

TEST_F(ServiceOverload, RefusesMoreChannelsThanItsBoundThoughTheyComeAtOnce) {
  world_.options.channels_max = 3;
  world_.service->reconfigure(world_.options);
  add("a");
  int made = 0, refused = 0;
  const auto put = [&](const std::string& name) {
    world_.service->put_channel(name, {}, [&](const outcome<put_answer>& got) {
      ++(got ? made : refused);
      if (!got) why_ = got.error().code;
    });
  };
  for (int i = 0; i < 4; ++i) put(name_of(i));
  world_.run_for(5s);
  EXPECT_EQ(made, 2);
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(why_, errc::host_memory);
  EXPECT_EQ(world_.service->book().size(), 3U);
  put("a");  // one that is there is changed
  world_.service->remove_channel(name_of(0), [](const auto&) {});
  world_.run_for(5s);
  put(name_of(3));
  world_.run_for(5s);
  EXPECT_EQ(made, 4) << "there is room again";
}

TEST_F(ServiceOverload, HoldsUpNobodyWhileMemoryForAnotherChannelIsMade) {
  world_.drain();
  world_.make_engine = [] {
    return make_cpu_matcher(rule{}, {.threads = 1, .populate = false}).value();
  };
  world_.start();
  add("a", true);
  world_.executors->memory.set_delay(30s);
  bool made = false;
  world_.service->put_channel("b", {}, [&](const outcome<put_answer>& got) { made = bool{got}; });
  poll("a", first_tick, first_tick + 6);
  EXPECT_EQ(world_.reports_of("a").size(), 6U);
  EXPECT_FALSE(made);
  EXPECT_EQ(world_.service->book().size(), 1U) << "nothing of it is polled yet";
  world_.run_for(30s);
  EXPECT_TRUE(made);
  EXPECT_EQ(world_.service->book().size(), 2U);
}

TEST_F(ServiceOverload, RefusesMorePushesAtOnceThanItsBound) {
  constexpr int pushes = 16;
  for (int i = 0; i <= pushes; ++i) add(name_of(i));
  world_.run_to(first_tick + 100);
  world_.executors->history.set_delay(5s);
  for (int i = 0; i <= pushes; ++i) {
    push(name_of(i), seconds(first_tick, first_tick + 10));
  }
  world_.run_for(100ms);
  EXPECT_EQ(refused_, 1);
  EXPECT_EQ(why_, errc::overloaded);
  world_.run_for(10min);
  EXPECT_EQ(taken_, pushes);
  push(name_of(pushes), {{tick_of(world_.time.clock().wall()), bits_of(0)}});
  world_.run_for(1min);
  EXPECT_EQ(taken_, pushes + 1);
  EXPECT_EQ(refused_, 1);
}

TEST_F(ServiceOverload, RefusesMoreCallsForATickThanItsBound) {
  add("a");
  poll("a", first_tick, first_tick + 3);
  world_.executors->history.set_delay(100ms);
  const auto answers = call("a", first_tick + 3, static_cast<int>(lane_callers_max) + 2);
  ASSERT_EQ(answers.size(), lane_callers_max + 2);
  std::size_t good = 0;
  for (const outcome<tick_answer>& each : answers) {
    good += each ? 1 : 0;
    if (each) continue;
    EXPECT_EQ(each.error().code, errc::overloaded);
  }
  EXPECT_EQ(good, lane_callers_max);
}

}  // namespace
}  // namespace reprise
