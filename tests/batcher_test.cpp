#include "host/batcher.hpp"

#include <gtest/gtest.h>

#include "host/simulated_time.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;

class Batcher : public testing::Test {
 protected:
  void add(channel_number channel, std::int64_t time) {
    tested_.add({channel, time, gap_reason::none, {}}, {});
  }
  simulated_scheduler time_{start_of_tick(1'700'000'000)};
  std::vector<std::size_t> sizes_;
  bool idle_ = false;
  batcher tested_{time_,
                  {10ms, 4, 2ms},
                  [this](const shared_passage& batch) { sizes_.push_back(batch->ticks.size()); },
                  [this] { return idle_; }};
};

TEST_F(Batcher, FlushesTenMillisecondsAfterTheFirst) {
  add(1, 5);
  time_.run_for(9ms);
  add(2, 5);
  EXPECT_TRUE(sizes_.empty());
  time_.run_for(1ms);
  EXPECT_EQ(sizes_, std::vector<std::size_t>{2});
  time_.run_for(1s);
  EXPECT_EQ(sizes_.size(), 1u);
}

TEST_F(Batcher, FlushesAsSoonAsNoOtherBatchIsOnItsWay) {
  idle_ = true;
  add(1, 5);
  time_.run_for(1ms);
  add(2, 5);
  EXPECT_TRUE(sizes_.empty()) << "what comes together goes together";
  time_.run_for(1ms);
  EXPECT_EQ(sizes_, std::vector<std::size_t>{2});
  idle_ = false;
  add(1, 6);
  time_.run_for(5ms);
  EXPECT_EQ(sizes_.size(), 1u);
  idle_ = true;
  time_.run_for(1ms);
  EXPECT_EQ(sizes_.size(), 2u);
}

TEST_F(Batcher, FlushesAtOnceWhenItIsFull) {
  for (channel_number channel = 1; channel <= 5; ++channel) add(channel, 5);
  EXPECT_EQ(sizes_, std::vector<std::size_t>{4});
  EXPECT_EQ(tested_.waiting(), 1u);
  time_.run_for(9ms);
  EXPECT_EQ(sizes_.size(), 1u) << "the timer of the first batch has flushed the second";
  time_.run_for(1ms);
  EXPECT_EQ(sizes_.size(), 2u);
}

TEST_F(Batcher, PutsOneTickOfAChannelIntoABatch) {
  add(1, 5);
  add(2, 5);
  add(1, 6);
  EXPECT_EQ(sizes_, std::vector<std::size_t>{2});
  tested_.flush();
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{2, 1}));
  tested_.flush();
  EXPECT_EQ(sizes_.size(), 2u);
}

}  // namespace
}  // namespace reprise
