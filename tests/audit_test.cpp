// The audit of the live service: it finds the engine right whatever the content and whatever
// happens to the channel meanwhile, and it finds one wrong answer among all.
//
// Every world of these tests fails where an audit finds an engine wrong that does not lie.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/service_fixture.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

// What is wrong with one answer: the list, or the flag.
using alteration = std::function<void(std::vector<match>& best, bool& still)>;

// An engine that alters its answer for one tick.
class lying_matcher final : public matcher {
 public:
  lying_matcher(std::unique_ptr<matcher> honest, std::int64_t time, alteration lie,
                std::shared_ptr<int> moved_to_host)
      : honest_{std::move(honest)},
        time_{time},
        lie_{std::move(lie)},
        moved_to_host_{std::move(moved_to_host)} {}

  [[nodiscard]] const rule& parameters() const noexcept override { return honest_->parameters(); }
  [[nodiscard]] result<channel_id> add_channel(const search_settings& settings) override {
    return honest_->add_channel(settings);
  }
  void remove_channel(channel_id removed) override { honest_->remove_channel(removed); }
  void step(std::span<const tick> batch, std::span<tick_result> results) override {
    honest_->step(batch, results);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch[i].time != time_ || !batch[i].search) continue;
      best_.assign(results[i].best.begin(), results[i].best.end());
      lie_(best_, results[i].still);
      results[i].best = best_;
    }
  }
  [[nodiscard]] std::size_t channel_bytes(channel_id asked) const noexcept override {
    return honest_->channel_bytes(asked);
  }
  [[nodiscard]] result<channel_id> add_host_channel(const search_settings& settings) override {
    ++*moved_to_host_;
    return honest_->add_host_channel(settings);
  }
  [[nodiscard]] std::string_view backend(channel_id asked) const noexcept override {
    return honest_->backend(asked);
  }

 private:
  std::unique_ptr<matcher> honest_;
  std::int64_t time_;
  alteration lie_;
  std::shared_ptr<int> moved_to_host_;
  std::vector<match> best_;
};

struct named_lie {
  const char* name;
  alteration lie;
};

class AuditOfALie : public testing::TestWithParam<named_lie> {};

// The tick matches the seconds 100 and 200 before it: both lists are of two.
TEST_P(AuditOfALie, FindsItTellsItAndGivesTheChannelToTheCpu) {
  static constexpr std::int64_t first_tick = world_begin + 10, lied_at = first_tick + 230;
  service_world world;
  world.engine_lies = true;
  const auto moved_to_host = std::make_shared<int>(0);
  world.wrap_engine = [moved_to_host](std::unique_ptr<matcher> honest) {
    return std::make_unique<lying_matcher>(std::move(honest), lied_at, GetParam().lie,
                                           moved_to_host);
  };
  world.start();
  world.put("a", {});
  const auto content = [](std::int64_t second) {
    std::mt19937_64 random{static_cast<std::uint64_t>(second % 100)};
    fingerprint made;
    for (std::byte& each : made) each = static_cast<std::byte>(random());
    return made;
  };
  for (std::int64_t second = first_tick; second < first_tick + 260; ++second) {
    world.run_to(second);
    const fingerprint bits = content(second);
    world.poll("a", second, &bits);
  }
  world.run_for(15s);
  EXPECT_EQ(world.figure("reprise_audit_mismatches_total"), 1);
  EXPECT_EQ(world.figure("reprise_audits_total mismatch"), 1);
  EXPECT_GT(world.figure("reprise_audits_total equal"), 200);
  const std::string evidence =
      "the engine's answer is wrong channel=a time=" + std::to_string(lied_at);
  EXPECT_EQ(world.logged_count("the engine's answer is wrong"), 1u);
  EXPECT_EQ(world.logged_count(evidence), 1u);
  const auto line = std::find_if(world.logged.begin(), world.logged.end(),
                                 [&](const auto& each) { return each.starts_with(evidence); });
  ASSERT_NE(line, world.logged.end());
  const std::string right = " right=moving " + std::to_string(lied_at - 100) + ":";
  EXPECT_NE(line->find(right), line->npos) << *line;
  EXPECT_NE(line->find(" engine=cpu "), line->npos) << *line;
  EXPECT_EQ(world.figure("reprise_loads_total rebuild"), 1);
  EXPECT_EQ(*moved_to_host, 1);
}

const named_lie lies[] = {
    {"NoMatch", [](auto& best, bool&) { best.clear(); }},
    {"OneLess", [](auto& best, bool&) { best.pop_back(); }},
    {"OneMore",
     [](auto& best, bool&) {
       best.push_back({7, 1});
     }},
    {"AnotherOrder", [](auto& best, bool&) { std::swap(best.at(0), best.at(1)); }},
    {"AnotherScore", [](auto& best, bool&) { --best.at(1).score; }},
    {"AnotherSecond", [](auto& best, bool&) { ++best.at(1).lag_seconds; }},
    {"AStillPicture", [](auto&, bool& still) { still = !still; }},
};
INSTANTIATE_TEST_SUITE_P(Lies, AuditOfALie, testing::ValuesIn(lies),
                         [](const auto& tested) { return tested.param.name; });

class AuditOfHostileContent : public testing::TestWithParam<std::uint64_t> {};

// Channels of all settings; the past is filled in, channels change, and the service is killed.
TEST_P(AuditOfHostileContent, FindsTheEngineRight) {
  constexpr std::int64_t first_tick = world_begin + 10, ticks = 400;
  service_world world{GetParam()};
  world.start();
  std::map<std::string, std::map<std::int64_t, fingerprint>> shown;
  for (const char* name : {"a", "b", "c"}) {
    channel_settings settings;
    settings.threshold = 0;
    if (world.random() % 2 == 0) settings.still = still_policy::skip;
    if (world.random() % 2 == 0) settings.min_lag_seconds = 5;
    if (world.random() % 2 == 0) settings.top_k = 2;
    world.put(name, settings);
    shown[name] = make_broadcast(world.random(), 200, first_tick, ticks);
  }
  double equal = 0, found = 0;
  const auto count = [&] {
    equal += world.figure("reprise_audits_total equal");
    found += world.figure("reprise_matches_total");
    EXPECT_EQ(world.figure("reprise_audit_mismatches_total"), 0);
  };
  for (std::int64_t second = first_tick; second < first_tick + ticks; ++second) {
    world.run_to(second);
    for (const auto& [name, content] : shown) {
      const auto at = content.find(second);
      const bool is_late = world.random() % 16 == 0;  // comes with the next backfill, if any
      if (at == content.end() || is_late) {
        if (world.random() % 2 == 0) world.poll(name, second, nullptr);
      } else {
        world.poll(name, second, &at->second);
      }
    }
    const std::string name = std::next(shown.begin(), static_cast<int>(world.random() % 3))->first;
    if (world.random() % 30 == 0) {
      std::vector<recorded_second> past;
      for (const auto& [time, bits] : shown.at(name)) {
        if (time > second - 100 && time <= second) past.push_back({time, bits});
      }
      EXPECT_TRUE(world.push(name, past));
    }
    if (world.random() % 60 == 0) {
      channel_settings settings;
      settings.threshold = 0;
      settings.window_seconds = 100 + static_cast<std::uint32_t>(world.random() % 100);
      world.put(name, settings);
    }
    if (world.random() % 150 == 0) {
      count();
      world.run_for(std::chrono::milliseconds{world.random() % 900});
      world.kill();
      world.start();
    }
  }
  world.run_for(5s);
  count();
  EXPECT_GT(equal, 100);
  EXPECT_GT(found, 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AuditOfHostileContent, testing::Range<std::uint64_t>(1, 13));

// What happens to the history between the engine's answer and the moment at which the audit reads
// it, three seconds later, changes what would be right for every tick of the last seconds.
class AuditInBetween : public service_test {
 protected:
  static constexpr std::int64_t now = first_tick + 130;

  // Ticks that have matches 100 seconds before them, where those seconds are there.
  void begin(std::int64_t from) {
    add("a");
    world_.run_to(from);
    poll("a", from, now);
    world_.executors->reader.set_delay(3s);
    poll("a", now, now + 5);
    void_ = result("void");
    equal_ = result("equal");
  }
  // All that waits for the reader has been read.
  void finish() {
    world_.executors->reader.set_delay(1ms);
    world_.run_for(60s);
  }
  void expect_void() {
    finish();
    EXPECT_GE(result("void"), void_ + 1);
    EXPECT_EQ(result("mismatch"), 0);
  }
  [[nodiscard]] double result(const std::string& word) const {
    return world_.figure("reprise_audits_total " + word);
  }
  [[nodiscard]] std::map<std::int64_t, stored_tick>& stored() {
    return world_.disk->ticks.at(world_.number_of("a"));
  }
  void lose_matched_seconds() { stored().erase(stored().begin(), stored().lower_bound(now - 60)); }

  double void_ = 0;
  double equal_ = 0;
};

TEST_F(AuditInBetween, IsVoidWhereThePastWasFilledIn) {
  begin(first_tick + 100);
  ASSERT_TRUE(world_.push("a", seconds(first_tick, first_tick + 60)));
  expect_void();
}

TEST_F(AuditInBetween, WaitsForAPushThatIsBeingStored) {
  add("a");
  world_.run_to(first_tick + 100);
  poll("a", first_tick + 100, now);  // the last one is drawn, and will be audited at once
  void_ = result("void");
  equal_ = result("equal");
  world_.executors->history.set_delay(6s);
  world_.service->push("a", seconds(first_tick, first_tick + 60), [](const auto&) {});
  world_.run_for(5s);
  EXPECT_EQ(result("equal") + result("void"), equal_ + void_);
  expect_void();
  EXPECT_EQ(result("equal"), equal_);
}

TEST_F(AuditInBetween, IsVoidWhereTheChannelWasRemovedAndMadeAgain) {
  begin(first_tick);
  std::optional<outcome<void>> removed;
  world_.service->remove_channel("a", [&](auto got) { removed = got; });
  world_.run_for(1s);
  ASSERT_TRUE(removed && *removed);
  add("a");
  poll("a", now + 7, now + 12);
  expect_void();
}

TEST_F(AuditInBetween, IsVoidWhereTheChannelIsSearchedOtherwiseByNow) {
  begin(first_tick);
  channel_settings changed;
  changed.window_seconds = 50;
  world_.put("a", changed);
  expect_void();
}

TEST_F(AuditInBetween, IsVoidWhereTheClockWasSetForwardAndTheHistoryHasExpired) {
  begin(first_tick);
  world_.time.step_wall(1h);
  expect_void();
  EXPECT_TRUE(stored().empty());
}

TEST_F(AuditInBetween, IsVoidWhereStoredSecondsAreDamaged) {
  begin(first_tick);
  for (std::int64_t time = first_tick; time < now - 60; ++time) {
    stored().at(time).reason = gap_reason::corrupt;
  }
  expect_void();
}

TEST_F(AuditInBetween, IsVoidWhereTheFileWasReplacedByWhatCouldBeRead) {
  begin(first_tick);
  lose_matched_seconds();
  world_.disk->rescued = 1;
  expect_void();
}

TEST_F(AuditInBetween, IsVoidWhereTheHistoryCannotBeRead) {
  begin(first_tick);
  world_.disk->unreadable.insert(world_.number_of("a"));
  expect_void();
}

// The service would do so for no reason that it knows: then the engine is not trusted.
TEST_F(AuditInBetween, IsAMismatchWhereSecondsAreMissingWithoutAReason) {
  world_.engine_lies = true;
  begin(first_tick);
  lose_matched_seconds();
  finish();
  EXPECT_GE(result("mismatch"), 1);
  EXPECT_GE(world_.figure("reprise_loads_total rebuild"), 1);
}

TEST_F(AuditInBetween, EndsWithTheService) {
  begin(first_tick);
  world_.drain();
  const double audits = result("void") + result("equal");
  world_.run_for(20s);
  EXPECT_EQ(result("void") + result("equal"), audits);
}

class Audit : public service_test {
 protected:
  [[nodiscard]] double result(const std::string& word) const {
    return world_.figure("reprise_audits_total " + word);
  }
};

TEST_F(Audit, SkipsAsLongAsTheLastOneRuns) {
  add("a");
  world_.executors->auditor.set_delay(3500ms);
  poll("a", first_tick, first_tick + 40);
  EXPECT_GE(result("equal"), 8);
  EXPECT_LE(result("equal"), 12);
  EXPECT_GE(result("skipped"), 24);
}

TEST_F(Audit, AuditsNothingWhereNothingWasAnswered) {
  add("a");
  poll("a", first_tick, first_tick + 10);
  world_.run_for(3s);
  const double equal = result("equal");
  EXPECT_GE(equal, 8);
  world_.run_for(60s);
  EXPECT_EQ(result("equal"), equal);
  EXPECT_EQ(result("skipped"), 0);
}

TEST_F(Audit, AuditsWhatIsSearchedAgainAfterARestart) {
  add("a");
  poll("a", first_tick, first_tick + 130);
  world_.kill();
  world_.start();
  world_.run_for(10s);
  EXPECT_GE(result("equal"), 1);
}

TEST_F(Audit, HoldsACallToItsOwnThreshold) {
  add("a");
  poll("a", first_tick, first_tick + 130);
  world_.run_to(first_tick + 130);
  const auto answers = call("a", first_tick + 130, 1, {1e300, {}});
  ASSERT_TRUE(answers.at(0));
  EXPECT_TRUE(answers.at(0)->match_times.empty());
  world_.run_for(5s);
  EXPECT_GE(result("equal"), 125);
}

// Of many channels each has its turn.
TEST_F(Audit, DrawsAmongAllChannels) {
  std::set<std::string> told;
  for (const char* name : {"a", "b", "c", "d"}) add(name);
  for (std::int64_t second = first_tick; second < first_tick + 60; ++second) {
    world_.run_to(second);
    for (const char* name : {"a", "b", "c", "d"}) world_.poll(name, second, &bits_of(second));
  }
  world_.run_for(900ms);
  world_.engine_lies = true;
  // From now on the store has other seconds than the engine: whichever is drawn is told.
  for (auto& [number, ticks] : world_.disk->ticks) {
    for (auto& [time, tick] : ticks) tick.bits = bits_of(0);
  }
  for (std::int64_t second = first_tick + 61; second < first_tick + 120; ++second) {
    world_.run_to(second);
    for (const char* name : {"a", "b", "c", "d"}) world_.poll(name, second, &bits_of(second));
  }
  for (const std::string& line : world_.logged) {
    const auto at = line.find(" channel=");
    if (line.starts_with("the engine's answer is wrong")) told.insert(line.substr(at + 9, 1));
  }
  EXPECT_EQ(told.size(), 4u);
}

}  // namespace
}  // namespace reprise
