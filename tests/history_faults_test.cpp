// The history on a disk that fails: what was acknowledged is there, what was not is there whole or
// not at all, and nothing is ever read that was not stored.
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "host/store/history_chunk.hpp"
#include "tests/failing_disk.hpp"
#include "tests/history_support.hpp"

namespace reprise {
namespace {

constexpr std::int64_t begin_time = 1'700'000'400;
constexpr std::int64_t end_time = begin_time + 20'000;
constexpr channel_number channels = 3;

struct hand_clock final : clock_source {
  [[nodiscard]] wall_time wall() const noexcept override { return start_of_tick(begin_time); }
  [[nodiscard]] steady_time steady() const noexcept override { return now; }
  steady_time now{std::chrono::hours{1}};
};

// One operation on the history, and the same on the model once it has succeeded.
struct operation {
  std::function<outcome<void>(history_writer&)> apply;
  std::function<void(history_model&)> expect;
};

operation commit_at(std::int64_t time) {
  std::vector<stored_tick> batch;
  for (channel_number channel = 1; channel <= channels; ++channel)
    batch.push_back(tick_of_channel(channel, time));
  batch.push_back({channels + 1, time, gap_reason::timeout, {}});
  return {[batch](history_writer& to) {
            std::uint64_t refused = 0;
            return to.commit(batch, refused);
          },
          [batch](history_model& to) { to.commit(batch); }};
}

operation insert_at(channel_number channel, std::int64_t from, std::int64_t count) {
  const auto seconds = seconds_of(channel, from, count);
  return {[=](history_writer& to) -> outcome<void> {
            const auto done = to.insert(channel, seconds);
            if (!done) return done.error();
            return {};
          },
          [=](history_model& to) { to.insert(channel, seconds); }};
}

operation maintain_at(std::int64_t now) {
  return {[=](history_writer& to) -> outcome<void> {
            const auto done = to.maintain(now, 0);
            if (!done) return done.error();
            return {};
          },
          [](history_model&) {}};
}

// Rows, chunks that are made, folded and changed, and the deletion of rows.
std::vector<operation> workload() {
  std::vector<operation> all;
  for (std::int64_t time = begin_time; time < begin_time + 5; ++time)
    all.push_back(commit_at(time));
  all.push_back(insert_at(2, begin_time + 10, 500));
  all.push_back(insert_at(1, begin_time - 1'300, 1'200));
  all.push_back(maintain_at(begin_time + 1'000));
  all.push_back(insert_at(3, begin_time + 200, 30));
  all.push_back(commit_at(begin_time + 1'000));
  for (int slices = 0; slices < 4; ++slices) all.push_back(maintain_at(begin_time + 1'000));
  all.push_back(commit_at(begin_time + 7));
  all.push_back(insert_at(1, begin_time - 1'250, 1'400));
  all.push_back(commit_at(begin_time + 1'001));
  return all;
}

std::vector<recorded_second> read_all(history_reader& from, channel_number channel) {
  std::vector<recorded_second> found;
  const auto done = from.read(channel, INT64_MIN, INT64_MAX, 1'000'000, found);
  EXPECT_TRUE(done) << done.error().what;
  return found;
}

bool holds(history_reader& at, const history_model& expected) {
  for (channel_number channel = 1; channel <= channels + 1; ++channel) {
    if (read_all(at, channel) != expected.read(channel, INT64_MIN, INT64_MAX)) return false;
    const auto gaps = at.gaps(channel, begin_time, begin_time + 1'010);
    if (!gaps || *gaps != expected.gaps(channel, begin_time, begin_time + 1'010)) return false;
  }
  return true;
}

class HistoryFaults : public ::testing::Test {
 protected:
  outcome<history_files> open(failing_disk& disk) {
    return open_history("d", disk.name(), &clock_);
  }
  hand_clock clock_;
};

// The power goes before each single operation of the disk, in three ways.
TEST_F(HistoryFaults, KeepsWhatWasAcknowledgedWheneverThePowerGoes) {
  const auto operations = workload();
  for (const survival what : {survival::synced, survival::some, survival::all}) {
    bool is_over = false;
    for (std::uint64_t nth = 1; !is_over; nth += what == survival::some ? 2 : 9) {
      SCOPED_TRACE("power goes before operation " + std::to_string(nth));
      failing_disk disk{nth};
      disk.cut_power(nth);
      history_model before, after;
      if (auto files = open(disk)) {
        for (const operation& each : operations) {
          before = after;
          each.expect(after);
          if (!each.apply(*files->writer)) break;
          before = after;
        }
      }
      is_over = disk.has_power();
      disk.restart(what);
      auto files = open(disk);
      ASSERT_TRUE(files) << files.error().what;
      ASSERT_TRUE(holds(*files->reader, before) || holds(*files->reader, after));
      ASSERT_TRUE(commit_at(begin_time + 2'000).apply(*files->writer));
      EXPECT_EQ(files->reader->damaged(), 0u);
      EXPECT_TRUE(files->writer->take_notes().empty());
    }
  }
}

// What fails is asked for once more, as the service does.
void run_with_retries(const std::vector<operation>& operations, history_writer& writer,
                      history_model& model, std::size_t& failures) {
  for (const operation& each : operations) {
    if (!each.apply(writer)) {
      ++failures;
      const auto again = each.apply(writer);
      ASSERT_TRUE(again) << again.error().what;
    }
    each.expect(model);
  }
}

TEST_F(HistoryFaults, GoesOnBehindAnyFailedWriteOrTruncation) {
  const auto operations = workload();
  std::size_t failures = 0;
  for (const disk_operation kind : {disk_operation::write, disk_operation::truncate}) {
    for (std::uint64_t nth = 1; nth < 800; nth += kind == disk_operation::write ? 7 : 100) {
      SCOPED_TRACE("operation " + std::to_string(nth));
      failing_disk disk{nth};
      history_model model;
      {
        auto files = open(disk);
        ASSERT_TRUE(files);
        disk.fail(kind, nth);
        run_with_retries(operations, *files->writer, model, failures);
        ASSERT_TRUE(holds(*files->reader, model));
      }
      disk.restart(survival::synced);
      auto files = open(disk);
      ASSERT_TRUE(files) << files.error().what;
      ASSERT_TRUE(holds(*files->reader, model));
    }
  }
  EXPECT_GT(failures, 30u);
}

// A failed sync has lost what it should have kept: what is acknowledged later must not rest on it.
TEST_F(HistoryFaults, NeverRestsOnWhatAFailedSyncHasLost) {
  const auto operations = workload();
  std::size_t failures = 0;
  for (std::uint64_t nth = 1; nth < 40; ++nth) {
    SCOPED_TRACE("sync " + std::to_string(nth));
    failing_disk disk{nth};
    history_model model;
    {
      auto files = open(disk);
      ASSERT_TRUE(files);
      disk.fail(disk_operation::sync, nth);
      run_with_retries(operations, *files->writer, model, failures);
      disk.cut_power(1);
    }
    disk.restart(survival::synced);
    auto files = open(disk);
    ASSERT_TRUE(files) << files.error().what;
    ASSERT_TRUE(holds(*files->reader, model));
  }
  EXPECT_GT(failures, 10u);
}

TEST_F(HistoryFaults, SaysThatTheStorageIsLostAfterASecondFailedSyncWithinAMinute) {
  failing_disk disk{1};
  auto files = open(disk);
  ASSERT_TRUE(files);
  std::int64_t time = begin_time;
  const auto fail_once = [&] {
    disk.fail(disk_operation::sync, 1);
    const auto failed = commit_at(++time).apply(*files->writer);
    EXPECT_FALSE(failed);
    return failed ? errc{} : failed.error().code;
  };
  EXPECT_EQ(fail_once(), errc::io_failed);
  clock_.now += std::chrono::seconds{60};
  EXPECT_EQ(fail_once(), errc::io_failed);
  EXPECT_TRUE(commit_at(++time).apply(*files->writer));
  clock_.now += std::chrono::seconds{59};
  EXPECT_EQ(fail_once(), errc::storage_lost);
  clock_.now += std::chrono::hours{1};
  const auto ever_after = commit_at(++time).apply(*files->writer);
  ASSERT_FALSE(ever_after);
  EXPECT_EQ(ever_after.error().code, errc::storage_lost);
}

TEST_F(HistoryFaults, TellsAFullDiskAndHealsWhenThereIsSpace) {
  const auto operations = workload();
  for (std::uint64_t space = 60'000; space < 900'000; space += 41'000) {
    SCOPED_TRACE("space " + std::to_string(space));
    failing_disk disk{space};
    auto files = open(disk);
    ASSERT_TRUE(files);
    disk.set_space(space);
    history_model model;
    std::size_t done = 0;
    for (; done < operations.size(); ++done) {
      const auto applied = operations[done].apply(*files->writer);
      if (!applied) {
        ASSERT_EQ(applied.error().code, errc::storage_full) << applied.error().what;
        break;
      }
      operations[done].expect(model);
    }
    ASSERT_TRUE(holds(*files->reader, model));
    disk.set_space({});
    std::size_t failures = 0;
    run_with_retries({operations.begin() + static_cast<std::ptrdiff_t>(done), operations.end()},
                     *files->writer, model, failures);
    EXPECT_EQ(failures, 0u);
    ASSERT_TRUE(holds(*files->reader, model));
  }
}

TEST_F(HistoryFaults, LetsOneThreadReadWhileAnotherWrites) {
  failing_disk disk{1};
  auto files = open(disk);
  ASSERT_TRUE(files);
  std::thread writing{[&] {
    for (std::int64_t time = begin_time; time < begin_time + 300; ++time) {
      EXPECT_TRUE(commit_at(time).apply(*files->writer));
      if (time % 20 == 0) {
        EXPECT_TRUE(maintain_at(time + 1'000).apply(*files->writer));
      }
    }
  }};
  std::size_t seen = 0;
  for (int times = 0; times < 100; ++times) {
    const auto found = read_all(*files->reader, 1);
    EXPECT_EQ(found, seconds_of(1, begin_time, static_cast<std::int64_t>(found.size())));
    EXPECT_GE(found.size(), seen);
    seen = found.size();
  }
  writing.join();
  EXPECT_EQ(read_all(*files->reader, 1).size(), 300u);
}

}  // namespace
}  // namespace reprise
