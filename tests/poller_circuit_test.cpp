// A source that is down for long: what users see of its circuit, and that others do not notice.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "net/channel_json.hpp"
#include "tests/poller_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using json = nlohmann::json;

constexpr std::int64_t begin = polled_world::first_tick;

class PollerCircuit : public ::testing::Test {
 protected:
  static constexpr double fails_from = 10, fails_to = 200;

  PollerCircuit() {
    world_.add({{0.5, 0, 0, 0.01, 7}, false, {{fails_from, fails_to, fault_kind::refuse, 0}}});
    world_.add_plain();
  }
  json shown() {
    std::string text;
    append_channel(text, *world_.book.find("c1"), {});
    return json::parse(text);
  }
  polled_world world_;
};

TEST_F(PollerCircuit, IsShownAsOpenAfterSixtyFailuresAndClosedBehindASuccess) {
  while (world_.count(1, gap_reason::connect) < 59) world_.run_for(100ms);
  EXPECT_EQ(shown()["circuit"], "closed");
  EXPECT_EQ(shown()["state"], "down");
  world_.run_for(1s);
  EXPECT_EQ(world_.count(1, gap_reason::connect), 60U);
  EXPECT_EQ(shown()["circuit"], "open");
  EXPECT_EQ(shown()["state"], "down");
  EXPECT_TRUE(shown()["last_error"].is_string());
  world_.run_for(140s);
  EXPECT_EQ(shown()["circuit"], "closed");
  EXPECT_EQ(shown()["state"], "live");
  EXPECT_EQ(shown()["last_error"], nullptr);
  EXPECT_GT(world_.count(1, gap_reason::connect), 60U);
  EXPECT_GT(world_.count(1, gap_reason::circuit), 60U);
}

TEST_F(PollerCircuit, IsToldOnceByTheLogAndByAnEventWhenItOpensAndWhenItCloses) {
  world_.run_for(250s);
  const auto lines_with = [&](const std::string& words) {
    return std::count_if(world_.lines.begin(), world_.lines.end(), [&](const std::string& line) {
      return line.find(words) != std::string::npos;
    });
  };
  EXPECT_EQ(lines_with("channel=c1 state=down circuit=open"), 1);
  EXPECT_EQ(lines_with("channel=c1 state=live circuit=closed"), 2) << "at first and at last";
  EXPECT_LE(lines_with("channel=c1"), 5);
  std::vector<std::string> circuits;
  for (const event& each : world_.events) {
    const json told = json::parse(each.data);
    if (told["channel"] != "c1") continue;
    const std::string now = told["circuit"];
    if (circuits.empty() || circuits.back() != now) circuits.push_back(now);
  }
  EXPECT_EQ(circuits, (std::vector<std::string>{"closed", "open", "closed"}));
}

TEST_F(PollerCircuit, LeavesOtherSourcesAlone) {
  world_.run_for(250s);
  EXPECT_TRUE(world_.without_holes(2));
  EXPECT_EQ(world_.count(2, gap_reason::none), world_.arrivals[2].size());
  EXPECT_LE(world_.arrivals[2].front().time, begin + 2);
}

}  // namespace
}  // namespace reprise
