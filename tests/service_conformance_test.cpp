// The conformance recordings through the live service, polled second by second and pushed in pieces
// of a few minutes: the expected matches, without a tolerance.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "host/hex.hpp"
#include "tests/service_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using json = nlohmann::json;

constexpr std::int64_t piece_seconds = 70;

std::vector<json> lines_of(const std::string& name) {
  std::ifstream file{std::string{REPRISE_TEST_DATA} + "/conformance/" + name};
  EXPECT_TRUE(file) << name;
  std::vector<json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
  return lines;
}

std::map<std::int64_t, fingerprint> recording_of(const std::string& name) {
  std::map<std::int64_t, fingerprint> made;
  for (const json& line : lines_of(name)) {
    const std::string digits = line["bits"];
    EXPECT_EQ(decode_hex(digits, made[line["time"].get<std::int64_t>()]), digits.size());
  }
  return made;
}

json manifest() {
  std::ifstream file{std::string{REPRISE_TEST_DATA} + "/conformance/manifest.json"};
  return json::parse(file);
}

channel_settings settings_of(const json& one) {
  channel_settings made;
  made.threshold = one["threshold"];
  made.window_seconds = one["window_seconds"];
  made.top_k = one["top_k"];
  made.min_lag_seconds = one["min_lag_seconds"];
  return made;
}

class ServiceConformance : public testing::Test {
 protected:
  ServiceConformance() {
    world_.start();
    world_.run_until_ready();
    for (const json& one : manifest()) {
      world_.put(one["name"], settings_of(one));
      recordings_[one["name"]] = recording_of(one["recording"]);
    }
    EXPECT_EQ(recordings_.size(), 14U);
  }
  // The times of all recordings begin where the world does, and would be past by now.
  static std::int64_t shifted(std::int64_t time) { return time + 100; }
  void expect_matches() {
    world_.drain();
    for (const json& one : manifest()) {
      SCOPED_TRACE(one["name"]);
      std::vector<json> found;
      for (const auto& [time, best] : world_.matches_of(one["name"])) {
        json line{{"channel", one["name"]}, {"time", time}};
        for (const stored_match& each : best) {
          line["match_times"].push_back(each.time);
          line["scores"].push_back(nearest_double(each.score, rule{}));
        }
        found.push_back(line);
      }
      std::vector<json> expected = lines_of(one["expected"]);
      for (json& line : expected) {
        line["time"] = shifted(line["time"]);
        for (json& time : line["match_times"]) time = shifted(time);
      }
      EXPECT_EQ(found, expected);
    }
  }

  service_world world_;
  std::map<std::string, std::map<std::int64_t, fingerprint>> recordings_;
  static constexpr std::int64_t end = world_begin + 700;
};

TEST_F(ServiceConformance, FindsTheExpectedMatchesInWhatIsPolled) {
  for (std::int64_t time = world_begin; time < end; ++time) {
    world_.run_to(shifted(time));
    for (const auto& [name, seconds] : recordings_) {
      const auto found = seconds.find(time);
      world_.poll(name, shifted(time), found == seconds.end() ? nullptr : &found->second);
    }
  }
  world_.run_for(1s);
  expect_matches();
}

TEST_F(ServiceConformance, FindsTheExpectedMatchesInWhatIsPushed) {
  for (std::int64_t from = world_begin; from < end; from += piece_seconds) {
    world_.run_to(shifted(from + piece_seconds));
    for (const auto& [name, seconds] : recordings_) {
      std::vector<recorded_second> piece;
      const auto last = seconds.lower_bound(from + piece_seconds);
      for (auto at = seconds.lower_bound(from); at != last; ++at) {
        piece.push_back({shifted(at->first), at->second});
      }
      if (piece.empty()) continue;
      const auto stored = world_.push(name, std::move(piece));
      ASSERT_TRUE(stored) << name << ": " << stored.error().what;
    }
  }
  world_.run_for(1s);
  expect_matches();
}

}  // namespace
}  // namespace reprise
