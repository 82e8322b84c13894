// state.db on a disk that fails: what failed is tried again, and nothing is lost or doubled.
#include "host/store/state_store.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/failing_disk.hpp"

namespace reprise {
namespace {

tick_record record_of(channel_number channel, std::int64_t time) {
  delivery made{.channel = channel, .channel_name = "a", .time = time, .sink_url = "http://s/"};
  made.webhook_id = std::string{"rpt_"} += std::to_string(time);
  return {.channel = channel, .time = time, .best = {{time - 1, 1}}, .report = made};
}

// Whichever operation of a commit fails, and whether or not the commit was on the disk for all
// that: asked again, each of its reports has an id, once.
TEST(StateFaults, GivesEachReportItsIdOnceWhateverFailsInBetween) {
  for (const disk_operation kind : {disk_operation::write, disk_operation::sync}) {
    int failures = 0;
    for (std::uint64_t nth = 1; nth < 12; ++nth) {
      failing_disk disk{nth};
      auto opened = open_state("/data", disk.name());
      ASSERT_TRUE(opened) << opened.error().what;
      const auto channel = opened->writer->add_channel("a", {}, 0);
      ASSERT_TRUE(channel);
      disk.fail(kind, nth);
      std::set<std::int64_t> seen;
      for (std::int64_t tick = 0; tick < 10; ++tick) {
        const std::vector batch{record_of(channel->number, 10 * tick),
                                record_of(channel->number, 10 * tick + 1)};
        std::vector<std::int64_t> ids;
        if (!opened->writer->commit(batch, ids)) {
          ++failures;
          const auto again = opened->writer->commit(batch, ids);
          ASSERT_TRUE(again) << again.error().what;
        }
        for (const std::int64_t id : ids) {
          EXPECT_GT(id, 0);
          EXPECT_TRUE(seen.insert(id).second);
        }
      }
      const auto waiting = opened->reader->waiting(0, 100);
      ASSERT_TRUE(waiting) << waiting.error().what;
      ASSERT_EQ(waiting->size(), 20U);
      for (const delivery& one : *waiting) EXPECT_TRUE(seen.contains(one.id));
    }
    EXPECT_GT(failures, 0);
  }
}

// After the power has gone, all that was acknowledged is there.
TEST(StateFaults, KeepsWhatWasCommittedWhenThePowerGoes) {
  for (std::uint64_t nth = 1; nth < 60; nth += 3) {
    for (const survival what : {survival::synced, survival::some, survival::all}) {
      failing_disk disk{nth};
      std::size_t committed = 0;
      {
        auto opened = open_state("/data", disk.name());
        ASSERT_TRUE(opened);
        const auto channel = opened->writer->add_channel("a", {}, 0);
        ASSERT_TRUE(channel);
        disk.cut_power(nth);
        std::vector<std::int64_t> ids;
        for (std::int64_t tick = 0; tick < 60 && disk.has_power(); ++tick) {
          const std::vector batch{record_of(channel->number, tick)};
          if (opened->writer->commit(batch, ids)) ++committed;
        }
      }
      disk.restart(what);
      auto opened = open_state("/data", disk.name());
      ASSERT_TRUE(opened) << opened.error().what;
      const auto waiting = opened->reader->waiting(0, 100);
      ASSERT_TRUE(waiting);
      EXPECT_GE(waiting->size(), committed);
      EXPECT_LE(waiting->size(), committed + 1);
      EXPECT_EQ(opened->reader->matches(1, {})->items.size(), waiting->size());
      EXPECT_EQ(opened->reader->outbox()->waiting, waiting->size());
    }
  }
}

}  // namespace
}  // namespace reprise
