// Changes that wait together, committed together: over jobs.db, on a disk that can fail.
#include "host/store/grouped_writes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <new>
#include <optional>

#include "host/jobs/jobs_file.hpp"
#include "host/simulated_time.hpp"
#include "tests/damaged_pages.hpp"
#include "tests/failing_disk.hpp"

namespace reprise {
namespace {

constexpr const char* path = "/data/jobs.db";

class GroupedWrites : public testing::Test {
 protected:
  GroupedWrites() { open(); }

  void open() {
    file_.emplace(path, disk_.name());
    EXPECT_TRUE(file_->open());
    group_.emplace(time_, *file_);
  }
  void close() {
    group_.reset();
    file_.reset();
  }

  // A picture of that number; again, it is no new row, and fails.
  static outcome<void> put(jobs_writing& on, int number) {
    const std::string row =
        "insert into picture_encodings values(" + std::to_string(number) + ",'')";
    return on.db.execute(row);
  }
  void add(int number, grouped_writes<jobs_file>::change made) {
    group_->add(std::move(made), [this, number](const outcome<void>& ended) {
      EXPECT_EQ(ended_.count(number), 0U);
      ended_.emplace(number, ended ? "stands" : ended.error().what);
    });
  }
  std::int64_t count() {
    const auto read = file_->read([](jobs_reading& on) -> outcome<std::int64_t> {
      const auto rows = on.db.integer("select count(*) from picture_encodings");
      if (!rows) return rows.error();
      return rows->value();
    });
    EXPECT_TRUE(read) << read.error().what;
    return read.value();
  }

  failing_disk disk_{1};
  simulated_scheduler time_{wall_time{std::chrono::seconds{1'700'000'000}}};
  std::optional<jobs_file> file_;
  std::optional<grouped_writes<jobs_file>> group_;
  std::map<int, std::string> ended_;
};

TEST_F(GroupedWrites, CommitsWhatWaitsTogetherByOneSync) {
  add(1, [](jobs_writing& on) { return put(on, 1); });
  time_.run_ready();
  const std::uint64_t before = disk_.syncs();
  add(2, [](jobs_writing& on) { return put(on, 2); });
  time_.run_ready();
  const std::uint64_t one = disk_.syncs() - before;
  EXPECT_GE(one, 1U);
  for (int number = 3; number < 9; ++number) {
    time_.post([this, number] { add(number, [=](jobs_writing& on) { return put(on, number); }); });
  }
  time_.run_ready();
  EXPECT_EQ(disk_.syncs() - before, 2 * one);
  EXPECT_EQ(count(), 8);
  EXPECT_EQ(ended_.size(), 8U);
}

TEST_F(GroupedWrites, UndoesAChangeThatMemoryIsRefusedToAndThatAlone) {
  add(1, [](jobs_writing& on) { return put(on, 1); });
  add(2, [](jobs_writing& on) -> outcome<void> {
    EXPECT_TRUE(put(on, 2));
    throw std::bad_alloc{};
  });
  add(3, [](jobs_writing& on) { return put(on, 3); });
  time_.run_ready();
  EXPECT_EQ(ended_, (std::map<int, std::string>{
                        {1, "stands"}, {2, "there is no memory for it"}, {3, "stands"}}));
  EXPECT_EQ(count(), 2);
}

// SQLite commits nothing of a transaction that met one, whatever the change made of it.
TEST_F(GroupedWrites, UndoesAChangeThatMetADamagedPageAndSucceedsAndThatAlone) {
  add(1, [](jobs_writing& on) {
    const std::string row = "insert into picture_encodings values(1,'" + std::string(20'000, 'a');
    return on.db.execute(row + "')");
  });
  time_.run_ready();
  ASSERT_EQ(ended_[1], "stands");
  close();
  auto content = disk_.files().at(path);
  ASSERT_GE(damage_pages_of('a', content), 3U);
  disk_.put_file(path, content);
  open();
  add(2, [](jobs_writing& on) { return put(on, 2); });
  add(3, [](jobs_writing& on) {
    const auto made = put(on, 3);
    EXPECT_FALSE(on.db.integer("select sum(length(hex(encodings))) from picture_encodings"));
    return made;
  });
  add(4, [](jobs_writing& on) { return put(on, 4); });
  time_.run_ready();
  EXPECT_EQ(ended_[2], "stands");
  EXPECT_NE(ended_[3], "stands");
  EXPECT_EQ(ended_[4], "stands");
  EXPECT_EQ(count(), 3);
}

TEST_F(GroupedWrites, UndoesAChangeThatFailsAndThatAlone) {
  add(1, [](jobs_writing& on) { return put(on, 1); });
  add(2, [](jobs_writing& on) -> outcome<void> {
    if (const auto first = put(on, 2); !first) return first;
    return failure{errc::data_conflict, "it is not wanted", {}};
  });
  add(3, [](jobs_writing& on) { return put(on, 3); });
  time_.run_ready();
  EXPECT_EQ(ended_,
            (std::map<int, std::string>{{1, "stands"}, {2, "it is not wanted"}, {3, "stands"}}));
  EXPECT_EQ(count(), 2);
}

TEST_F(GroupedWrites, TellsEveryChangeWhereTheCommitFailsAndGoesOnAfterwards) {
  add(1, [](jobs_writing& on) { return put(on, 1); });
  time_.run_ready();
  disk_.fail(disk_operation::sync, 1);
  add(2, [](jobs_writing& on) { return put(on, 2); });
  add(3, [](jobs_writing& on) { return put(on, 3); });
  time_.run_ready();
  ASSERT_EQ(ended_.size(), 3U);
  EXPECT_NE(ended_[2], "stands");
  EXPECT_NE(ended_[3], "stands");
  EXPECT_EQ(count(), 1);
  add(4, [](jobs_writing& on) { return put(on, 4); });
  time_.run_ready();
  EXPECT_EQ(ended_[4], "stands");
  EXPECT_EQ(count(), 2);
}

TEST_F(GroupedWrites, RefusesAllChangesOfALostDiskAndLeavesWhatIsThereToBeRead) {
  add(1, [](jobs_writing& on) { return put(on, 1); });
  time_.run_ready();
  for (const int number : {2, 3}) {
    disk_.fail(disk_operation::sync, 1);
    add(number, [number](jobs_writing& on) { return put(on, number); });
    time_.run_ready();
    EXPECT_NE(ended_[number], "stands");
  }
  add(4, [](jobs_writing& on) { return put(on, 4); });
  time_.run_ready();
  EXPECT_EQ(ended_[4], "a sync failed twice within a minute");
  EXPECT_EQ(count(), 1);
}

TEST_F(GroupedWrites, RefusesWhatIsTooManyToWait) {
  constexpr int most = grouped_writes<jobs_file>::waiting_max;
  for (int number = 0; number <= most; ++number) {
    add(number, [](jobs_writing&) { return outcome<void>{}; });
  }
  EXPECT_TRUE(ended_.empty());
  EXPECT_EQ(group_->waiting(), most);
  time_.run_ready();
  EXPECT_EQ(group_->waiting(), 0U);
  EXPECT_EQ(ended_.size(), most + 1U);
  EXPECT_EQ(ended_[most - 1], "stands");
  EXPECT_EQ(ended_[most], "too many changes wait for the disk");
}

}  // namespace
}  // namespace reprise
