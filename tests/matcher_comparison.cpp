#include "tests/matcher_comparison.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>

namespace reprise {

std::ostream& operator<<(std::ostream& out, const match& shown) {
  return out << "lag " << shown.lag_seconds << " score "
             << static_cast<std::uint64_t>(shown.score >> 64) << ":"
             << static_cast<std::uint64_t>(shown.score);
}

std::uint64_t asked_count(const char* variable, std::uint64_t usual) {
  const char* const asked = std::getenv(variable);
  return asked == nullptr ? usual : std::strtoull(asked, nullptr, 10);
}

std::uint64_t first_seed(std::uint64_t usual) {
  return asked_count("REPRISE_TEST_FIRST_SEED", usual);
}

std::uint64_t seeds_count(std::uint64_t usual) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  usual = (usual + 19) / 20;  // instrumented code takes its time
#endif
  return asked_count("REPRISE_TEST_SEEDS", usual);
}

namespace {

// Some lags of the window and some beyond it, increasing.
std::vector<std::uint32_t> random_lags(std::mt19937_64& random) {
  std::vector<std::uint32_t> made;
  for (std::uint32_t lag = 1; lag < 400; lag += 1 + static_cast<std::uint32_t>(random() % 5)) {
    made.push_back(lag);
  }
  return made;
}

search_settings random_settings(const rule& by, std::mt19937_64& random) {
  search_settings made;
  const std::uint32_t windows[] = {1, 2, 5, 8, 11, 40, 97, 300};
  made.window_seconds = windows[random() % std::size(windows)];
  const std::uint32_t ks[] = {1, 2, 3, 10, 100};
  made.top_k = ks[random() % std::size(ks)];
  made.min_lag_seconds =
      random() % 2 == 0 ? 1 : static_cast<std::uint32_t>(1 + random() % made.window_seconds);
  const double similarities[] = {0.2, 0.5, 0.8, 0.99, 1.0};
  made.threshold = random() % 3 == 0 ? 0
                                     : threshold_of_similarity(
                                           similarities[random() % std::size(similarities)], by);
  made.still = random() % 3 == 0 ? still_policy::skip : still_policy::match;
  return made;
}

// What now and then stands in for the threshold of a channel, for one query alone.
std::optional<double> random_threshold(std::mt19937_64& random, const rule& by) {
  if (random() % 4 != 0) return std::nullopt;
  const double similarities[] = {0.2, 0.8, 0.99, 1.0};
  return random() % 3 == 0
             ? 0.0
             : threshold_of_similarity(similarities[random() % std::size(similarities)], by);
}

// What a run answers, tick by tick.
class run_recorder final : public run_visitor {
 public:
  explicit run_recorder(recorder& all) : all_{all} {}
  void begin(const tick&) override { all_.seen.clear(); }
  void finish(const tick& taken, const tick_result& result) override {
    answers.push_back({taken.time,
                       result.error,
                       result.still,
                       {result.best.begin(), result.best.end()},
                       all_.seen});
  }
  struct answer {
    std::int64_t time;
    std::optional<errc> error;
    bool still;
    std::vector<match> best;
    std::vector<match> all;
    bool operator==(const answer&) const = default;
  };
  std::vector<answer> answers;

 private:
  recorder& all_;
};

}  // namespace

void step_channels(compared_channels& channels, matcher& expected, matcher& tested,
                   std::mt19937_64& random, std::uint64_t left_out) {
  std::vector<tick> expected_batch, tested_batch;
  std::vector<pair_of_channels*> taking_part;
  for (auto& channel : channels) {
    if (left_out > 0 && random() % left_out == 0) continue;
    channel->second = channel->content.next();
    channel->wants_all = random() % 2 == 0;
    channel->expected_all.seen.clear();
    channel->tested_all.seen.clear();
    channel->expected_all.watched = channel->tested_all.watched = random_lags(random);
    channel->expected_all.wants_all = channel->tested_all.wants_all = random() % 2 == 0;
    tick made{channel->expected_id,        channel->second.time,
              channel->second.fingerprint, channel->wants_all ? &channel->expected_all : nullptr,
              channel->loading == 0,       random_threshold(random, expected.parameters())};
    expected_batch.push_back(made);
    made.channel = channel->tested_id;
    made.all_matches = channel->wants_all ? &channel->tested_all : nullptr;
    tested_batch.push_back(made);
    taking_part.push_back(channel.get());
  }
  std::vector<tick_result> expected_results(expected_batch.size()),
      tested_results(tested_batch.size());
  expected.step(expected_batch, expected_results);
  tested.step(tested_batch, tested_results);
  for (std::size_t i = 0; i < taking_part.size(); ++i) {
    const std::vector<match> want{expected_results[i].best.begin(), expected_results[i].best.end()};
    const std::vector<match> got{tested_results[i].best.begin(), tested_results[i].best.end()};
    ASSERT_EQ(got, want) << "at " << taking_part[i]->second.time;
    ASSERT_EQ(tested_results[i].error, expected_results[i].error);
    ASSERT_EQ(tested_results[i].still, expected_results[i].still);
    ASSERT_EQ(taking_part[i]->tested_all.seen, taking_part[i]->expected_all.seen);
  }
}

void compare_engines(matcher& expected, matcher& tested, std::uint64_t seed, std::uint32_t ticks) {
  std::mt19937_64 random{seed};
  const rule by = tested.parameters();
  compared_channels channels;
  for (std::uint32_t i = 0; i < ticks; ++i) {
    if (channels.empty() || (channels.size() < 6 && random() % 64 == 0)) {
      channels.push_back(std::make_unique<pair_of_channels>(by, random_settings(by, random),
                                                            random(), expected, tested));
    } else if (channels.size() > 1 && random() % 128 == 0) {
      const auto gone = channels.begin() + static_cast<std::ptrdiff_t>(random() % channels.size());
      expected.remove_channel((*gone)->expected_id);
      tested.remove_channel((*gone)->tested_id);
      channels.erase(gone);
    }
    for (auto& channel : channels) {
      if (channel->loading == 0 && random() % 64 == 0) channel->loading = random() % 40;
      if (channel->loading > 0) --channel->loading;
    }
    ASSERT_NO_FATAL_FAILURE(step_channels(channels, expected, tested, random, 8)) << "tick " << i;
  }
}

void compare_runs(matcher& expected, matcher& tested, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  const search_settings settings{.window_seconds = 1 + static_cast<std::uint32_t>(random() % 300),
                                 .top_k = 3,
                                 .threshold = random() % 2 == 0 ? 0.0 : 1e12};
  hostile_content content{tested.parameters(), settings.window_seconds, random()};
  std::vector<made_second> seconds;
  for (int i = 0; i < 400; ++i) seconds.push_back(content.next());
  const auto answers_of = [&](matcher& of) {
    recorder all;
    all.wants_all = seed % 2 == 0;
    all.watched = {1, 2, 7, 30, 31, 150};
    const channel_id channel = of.add_channel(settings).value();
    std::vector<tick> run;
    for (const made_second& each : seconds) {
      run.push_back({channel, each.time, each.fingerprint, &all, each.time % 19 != 0});
    }
    std::swap(run[100], run[101]);  // one that is not after the newest
    run_recorder answered{all};
    of.step_run(std::span{run}.first(250), answered);
    of.step_run(std::span{run}.subspan(250), answered);
    return answered.answers;
  };
  const auto want = answers_of(expected), got = answers_of(tested);
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_EQ(got[i], want[i]) << i;
}

}  // namespace reprise
