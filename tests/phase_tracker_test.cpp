// Days of single sources against the tracker alone: grid, drift, jitter and delay in, polls out.
#include "net/phase_tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tests/simulated_sources.hpp"

namespace reprise {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t warm_up = 5;  // ticks in which the moment is searched

// Where within its slide a day begins and ends: up to one second, and the hysteresis.
constexpr double slides_off = 1.3;

// REPRISE_SOAK=n: n times as many seeds.
int soak() {
  const char* asked = std::getenv("REPRISE_SOAK");
  return asked == nullptr ? 1 : std::max(1, std::atoi(asked));
}

struct day_result {
  std::int64_t read = 0;
  std::int64_t twice = 0;
  std::int64_t skipped = 0;
  std::int64_t without = 0;  // ticks that no content falls to
  std::int64_t polls = 0;
  double delay_sum = 0;  // from the change to the own poll
  double delay_max = 0;
  std::uint64_t contradictions = 0;

  [[nodiscard]] double extra_polls() const {
    return static_cast<double>(polls - read) / static_cast<double>(read);
  }
  [[nodiscard]] double delay_mean() const { return delay_sum / static_cast<double>(read); }
};

class source_day {
 public:
  // Each content is shown for `repeats` seconds.
  explicit source_day(const source_grid& grid, std::int64_t repeats = 1)
      : grid_{grid}, repeats_{repeats} {}

  // Goes on from where it was, with all counts at 0.
  day_result run(std::int64_t ticks) {
    result_ = {};
    const std::int64_t end = tick_ + ticks;
    for (; tick_ < end; ++tick_) run_tick(tick_, tick_ >= warm_up);
    result_.contradictions = tracker_.contradictions();
    return result_;
  }
  [[nodiscard]] source_grid& grid() { return grid_; }
  [[nodiscard]] double drift() const { return tracker_.drift(); }

 private:
  static steady_time at(double seconds) {
    return steady_time{std::chrono::nanoseconds{std::llround((1000 + seconds) * 1e9)}};
  }
  static double of(steady_time moment) {
    return std::chrono::duration<double>(moment.time_since_epoch()).count() - 1000;
  }

  poll_answer ask(steady_time when) {
    ++result_.polls;
    const double asked = of(when);
    ++asks_;
    const double delay = grid_.delay_max * simulated_chance(grid_.seed, 11, asks_);
    content_ = grid_.content_at(asked + delay * simulated_chance(grid_.seed, 12, asks_));
    now_ = at(asked + delay);
    return {when, now_, simulated_sources::bits(0, content_ / repeats_)};
  }

  void run_tick(std::int64_t tick, bool counted) {
    const steady_time start = at(static_cast<double>(tick));
    std::optional<steady_time> own = tracker_.plan(start);
    while (own) {
      const std::optional<steady_time> probe = tracker_.next_probe(now_, *own);
      if (!probe) break;
      EXPECT_LT(*probe, *own);
      tracker_.probe_answer(ask(*probe));
      own = tracker_.plan(start);
    }
    if (!own) {
      result_.without += counted ? 1 : 0;
      return;
    }
    std::optional<steady_time> when = std::max(now_, *own);
    while (when) {
      EXPECT_GE(*when, start);
      EXPECT_LT(*when, start + std::chrono::seconds{1});
      asked_ = of(*when);
      when = tracker_.own_answer(ask(*when), start);
    }
    if (counted) count();
    newest_ = content_;
  }

  void count() {
    ++result_.read;
    if (content_ <= newest_) ++result_.twice;
    result_.skipped += std::max<std::int64_t>(content_ - newest_ - 1, 0);
    const double delay = asked_ - grid_.change_at(content_);
    result_.delay_sum += delay;
    result_.delay_max = std::max(result_.delay_max, delay);
  }

  source_grid grid_;
  std::int64_t repeats_;
  std::int64_t tick_ = 0;
  phase_tracker tracker_{std::chrono::milliseconds{50}};
  day_result result_;
  steady_time now_{};
  std::int64_t content_ = 0;
  std::int64_t newest_ = 0;
  std::int64_t asks_ = 0;
  double asked_ = 0;
};

// One source after the other: 24 ms of work for each day.
TEST(PhaseTracker, ReadsEachSecondOfADayOnceButThoseThatDriftAddsOrTakesAway) {
  std::uint64_t seed = 0;
  double extra_polls_max = 0;
  double delay_mean_max = 0;
  for (int turn = 0; turn < soak(); ++turn) {
    for (const double drift : {-500., -200., 0., 200., 500.}) {
      for (const double jitter : {0., 0.03, 0.1}) {
        for (const double delay : {0.005, 0.1}) {
          const double phase = simulated_chance(++seed, 20, 0);
          const day_result got = source_day{{phase, drift, jitter, delay, seed}}.run(day);
          const std::string what = "drift " + std::to_string(drift) + " jitter " +
                                   std::to_string(jitter) + " delay " + std::to_string(delay) +
                                   " phase " + std::to_string(phase);
          const double slid = drift * 1e-6 * static_cast<double>(day);
          EXPECT_EQ(got.twice, 0) << what;
          EXPECT_NEAR(static_cast<double>(got.skipped), std::max(0., -slid), slides_off) << what;
          EXPECT_NEAR(static_cast<double>(got.without), std::max(0., slid), slides_off) << what;
          EXPECT_EQ(got.contradictions, 0u) << what;
          EXPECT_LT(got.extra_polls(), 0.04) << what;
          EXPECT_LT(got.delay_mean(), 0.5) << what;
          extra_polls_max = std::max(extra_polls_max, got.extra_polls());
          delay_mean_max = std::max(delay_mean_max, got.delay_mean());
        }
      }
    }
  }
  RecordProperty("extra_polls_max", std::to_string(extra_polls_max));
  RecordProperty("delay_mean_max", std::to_string(delay_mean_max));
}

TEST(PhaseTracker, KnowsTheDriftOfItsSource) {
  for (const double drift : {-500., 0., 300.}) {
    source_day source{{0.4, drift, 0.1, 0.1, 77}};
    source.run(4000);
    EXPECT_NEAR(source.drift() * 1e6, drift, 100) << drift;
  }
}

// The source was restarted, or its clock was set: its grid is another one.
TEST(PhaseTracker, FindsItsSourceAgainAfterItsMomentHasJumped) {
  for (int tenth = 1; tenth < 10; ++tenth) {
    source_day source{{0.4, 50, 0.1, 0.1, static_cast<std::uint64_t>(tenth)}};
    source.run(5000);
    source.grid().phase += 0.1 * tenth;
    // Up to one ladder's interval passes until it is seen.
    const day_result seen = source.run(150);
    EXPECT_LE(seen.twice, 12) << tenth;
    EXPECT_LE(seen.extra_polls(), 0.5) << tenth;
    const day_result after = source.run(20'000);
    EXPECT_EQ(after.twice, 0) << tenth;
    EXPECT_LE(after.skipped, 1) << tenth;
    EXPECT_LE(after.delay_mean(), 0.5) << tenth;
  }
}

TEST(PhaseTracker, FollowsASourceWhoseDriftTurnsRound) {
  source_day source{{0.4, 500, 0.05, 0.05, 5}};
  source.run(10'000);
  source_grid& grid = source.grid();
  const std::int64_t now = grid.content_at(10'000);
  grid.phase += static_cast<double>(now) * 1000e-6;
  grid.drift_ppm = -500;
  const day_result got = source.run(20'000);
  EXPECT_EQ(got.twice, 0);
  EXPECT_NEAR(static_cast<double>(got.skipped), 10, 2);
  EXPECT_LE(got.extra_polls(), 0.05);
}

// Every content stands for two seconds: half of the answers look like doubt, and cost little.
TEST(PhaseTracker, AsksARestlessPictureHardlyMoreOften) {
  for (const std::int64_t repeats : {2, 3, 10, 100'000}) {
    source_day source{{0.4, 20, 0.1, 0.1, 9}, repeats};
    source.run(1000);
    const day_result got = source.run(20'000);
    EXPECT_LE(got.extra_polls(), 0.08) << repeats;
    EXPECT_LE(got.skipped, 1) << repeats;
  }
}

// Answers as slow as this never show the change closely enough.
TEST(PhaseTracker, AsksASlowSourceHardlyMoreOften) {
  for (const double delay : {0.4, 0.7}) {
    source_day source{{0.4, 0, 0.1, delay, 9}};
    source.run(1000);
    const day_result got = source.run(20'000);
    EXPECT_LE(got.extra_polls(), 0.08) << delay;
  }
}

}  // namespace
}  // namespace reprise
