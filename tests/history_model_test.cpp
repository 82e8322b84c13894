// The history against a plain map: random operations by seed, each answer compared.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "host/store/history_chunk.hpp"
#include "tests/failing_disk.hpp"
#include "tests/history_support.hpp"

namespace reprise {
namespace {

constexpr std::int64_t window = 6'000;

class random_history {
 public:
  explicit random_history(std::uint64_t seed) : random_{seed}, disk_{seed} { reopen(); }

  void step() {
    const std::uint64_t kind = below(100);
    if (kind < 40) {
      commit_live();
    } else if (kind < 50) {
      commit_late();
    } else if (kind < 65) {
      insert();
    } else if (kind < 67) {
      record();
    } else if (kind < 80) {
      maintain();
    } else if (kind < 82) {
      now_ += static_cast<std::int64_t>(below(900));
    } else if (kind < 83) {
      forget();
    } else if (kind < 85) {
      reopen();
    } else {
      compare();
    }
  }

  // All that is left is the same once all is folded.
  void finish() {
    now_ += 2'000;
    while (files_.writer->maintain(now_, expired_).value()) {
    }
    for (const channel_number channel : model_.forgotten) {
      std::vector<recorded_second> found;
      ASSERT_TRUE(files_.reader->read(channel, INT64_MIN, INT64_MAX, 10, found));
      EXPECT_TRUE(found.empty());
    }
    for (int times = 0; times < 50; ++times) compare();
    EXPECT_EQ(files_.reader->damaged(), 0u);
    EXPECT_TRUE(files_.writer->take_notes().empty());
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::int64_t some_time() {
    const std::int64_t from = std::max(now_ - window, expired_);
    return from + static_cast<std::int64_t>(
                      below(static_cast<std::uint64_t>(std::max<std::int64_t>(now_ - from, 1))));
  }
  channel_number some_channel() { return first_channel_ + static_cast<channel_number>(below(6)); }

  stored_tick some_tick(channel_number channel, std::int64_t time) {
    const std::uint64_t kind = below(20);
    if (kind < 4) return {channel, time, static_cast<gap_reason>(1 + below(gap_reasons - 1)), {}};
    return {channel, time, gap_reason::none, bits_of(channel, time, kind == 4 ? 1 : 0)};
  }

  void commit(const std::vector<stored_tick>& batch) {
    std::uint64_t refused = 0;
    const auto done = files_.writer->commit(batch, refused);
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(refused, model_.commit(batch));
  }
  void commit_live() {
    const std::uint64_t count = 1 + below(40);
    for (std::uint64_t second = 0; second < count; ++second) {
      std::vector<stored_tick> batch;
      for (channel_number channel = first_channel_; channel < first_channel_ + 6; ++channel) {
        if (below(5) != 0) batch.push_back(some_tick(channel, now_));
      }
      ++now_;
      commit(batch);
    }
  }
  void commit_late() {
    std::vector<stored_tick> batch;
    for (std::uint64_t i = 0; i < 10; ++i) batch.push_back(some_tick(some_channel(), some_time()));
    commit(batch);
  }
  void insert() {
    const channel_number channel = some_channel();
    const std::int64_t from = some_time();
    const std::int64_t to = from + static_cast<std::int64_t>(1 + below(below(2) == 0 ? 20 : 1'500));
    const std::uint64_t stride = below(3) == 0 ? 1 + below(30) : 1;
    std::vector<recorded_second> seconds;
    for (std::int64_t time = from; time < std::min(to, now_ + 5);
         time += static_cast<std::int64_t>(stride))
      seconds.push_back({time, bits_of(channel, time)});
    const auto done = files_.writer->insert(channel, seconds);
    const auto expected = model_.insert(channel, seconds);
    ASSERT_EQ(done.has_value(), expected.has_value());
    if (!done) return;
    EXPECT_EQ(done->stored, expected->stored);
    EXPECT_EQ(done->present, expected->present);
  }
  void record() {
    const std::int64_t start = some_time();
    const outage added{start, start + static_cast<std::int64_t>(below(300)),
                       below(2) == 0 ? gap_reason::down : gap_reason::clock};
    ASSERT_TRUE(files_.writer->record(added));
    model_.outages.push_back(added);
  }
  void maintain() {
    if (below(3) == 0) expired_ = std::max(expired_, now_ - window);
    for (std::uint64_t slices = below(12); slices > 0; --slices)
      ASSERT_TRUE(files_.writer->maintain(now_, expired_));
    model_.expire(expired_);
  }
  // The least of the channels; a new one comes at the other end.
  void forget() {
    ASSERT_TRUE(files_.writer->forget(first_channel_));
    model_.forgotten.insert(first_channel_);
    model_.ticks.erase(first_channel_);
    ++first_channel_;
  }
  void reopen() {
    files_ = {};
    auto opened = open_history("d", disk_.name());
    ASSERT_TRUE(opened) << opened.error().what;
    files_ = std::move(*opened);
  }

  void compare() {
    const channel_number channel = some_channel();
    const std::int64_t from = some_time();
    const std::int64_t to = from + static_cast<std::int64_t>(below(window));
    std::vector<recorded_second> found;
    ASSERT_TRUE(files_.reader->read(channel, from, to, 1'000'000, found));
    ASSERT_EQ(found, model_.read(channel, from, to));
    ASSERT_EQ(files_.reader->gaps(channel, from, to).value(), model_.gaps(channel, from, to));
    const auto all = model_.read(channel, INT64_MIN, INT64_MAX);
    const auto extent = files_.reader->extent(channel).value();
    if (all.empty()) return;
    ASSERT_TRUE(extent);
    EXPECT_EQ(extent->newest, all.back().time);
    // Up to ten minutes longer than asked for are kept.
    if (extent->oldest >= expired_) {
      EXPECT_EQ(extent->oldest, all.front().time);
    }
  }

  std::mt19937_64 random_;
  failing_disk disk_;
  history_files files_;
  history_model model_;
  std::int64_t now_ = 1'700'000'000;
  std::int64_t expired_ = 0;
  channel_number first_channel_ = 1;
};

class HistoryModel : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(HistoryModel, AgreesWithTheHistoryAfterEachOfManyRandomOperations) {
  random_history history{GetParam()};
  for (int steps = 0; steps < 1'500 && !HasFatalFailure(); ++steps) {
    SCOPED_TRACE("step " + std::to_string(steps));
    history.step();
  }
  history.finish();
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryModel, ::testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace reprise
