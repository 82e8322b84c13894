#include "host/store/history_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "host/store/history_chunk.hpp"
#include "host/store/sqlite.hpp"
#include "tests/failing_disk.hpp"
#include "tests/history_support.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {
namespace {

constexpr std::int64_t begin_time = 1'700'000'400;  // a chunk begins here
static_assert(begin_time % chunk_seconds == 0);

// In memory, because syncs would take most of the time.
class History : public ::testing::Test {
 protected:
  History() { reopen(); }

  void reopen() {
    files_ = {};
    auto opened = open_history("d", disk_.name());
    ASSERT_TRUE(opened) << opened.error().what;
    files_ = std::move(*opened);
  }
  void commit(const std::vector<stored_tick>& batch) {
    const auto done = files_.writer->commit(batch, refused_);
    ASSERT_TRUE(done) << done.error().what;
  }
  insert_counts insert(channel_number channel, const std::vector<recorded_second>& seconds) {
    const auto done = files_.writer->insert(channel, seconds);
    EXPECT_TRUE(done) << done.error().what;
    return done ? *done : insert_counts{};
  }
  std::vector<recorded_second> read(channel_number channel, std::int64_t from, std::int64_t to,
                                    std::size_t count_max = 1'000'000) {
    std::vector<recorded_second> found;
    const auto done = files_.reader->read(channel, from, to, count_max, found);
    EXPECT_TRUE(done) << done.error().what;
    return found;
  }
  gap_counts gaps(channel_number channel, std::int64_t from, std::int64_t to) {
    return files_.reader->gaps(channel, from, to).value();
  }
  std::uint64_t gap(channel_number channel, std::int64_t from, std::int64_t to, gap_reason why) {
    return gaps(channel, from, to)[static_cast<std::size_t>(why)];
  }
  int maintain(std::int64_t now, std::int64_t expire_before = 0) {
    for (int slices = 1;; ++slices) {
      const auto more = files_.writer->maintain(now, expire_before);
      EXPECT_TRUE(more) << more.error().what;
      if (!more || !*more) return slices;
    }
  }

  failing_disk disk_{1};
  history_files files_;
  std::uint64_t refused_ = 0;
};

TEST_F(History, GivesBackWhatWasStoredAtEveryEdgeOfAChunk) {
  channel_number channel = 0;
  for (const std::int64_t start : {-601, -600, -599, -1, 0, 1, 599}) {
    for (const std::int64_t count : {1, 2, 59, 60, 599, 600, 601, 1201}) {
      ++channel;
      const auto stored = seconds_of(channel, begin_time + start, count);
      EXPECT_EQ(insert(channel, stored).stored, stored.size());
      EXPECT_EQ(read(channel, 0, begin_time * 2), stored);
    }
  }
  maintain(begin_time + 10'000);
  reopen();
  channel = 0;
  for (const std::int64_t start : {-601, -600, -599, -1, 0, 1, 599}) {
    for (const std::int64_t count : {1, 2, 59, 60, 599, 600, 601, 1201}) {
      ++channel;
      EXPECT_EQ(read(channel, INT64_MIN, INT64_MAX),
                seconds_of(channel, begin_time + start, count));
      // Half of it, from within.
      const std::int64_t half = begin_time + start + count / 2;
      EXPECT_EQ(read(channel, half, INT64_MAX), seconds_of(channel, half, count - count / 2));
      EXPECT_EQ(read(channel, INT64_MIN, half), seconds_of(channel, begin_time + start, count / 2));
    }
  }
}

TEST_F(History, ReadsAtMostAsManyAsAskedForAndAppendsThem) {
  insert(1, seconds_of(1, begin_time, 1'000));
  std::vector<recorded_second> all;
  for (std::int64_t from = begin_time; all.size() < 1'000; from = all.back().time + 1) {
    const std::size_t before = all.size();
    ASSERT_TRUE(files_.reader->read(1, from, INT64_MAX, 130, all));
    ASSERT_LE(all.size() - before, 130u);
    ASSERT_GT(all.size(), before);
  }
  EXPECT_EQ(all, seconds_of(1, begin_time, 1'000));
  EXPECT_TRUE(read(1, begin_time, INT64_MAX, 0).empty());
  EXPECT_TRUE(read(1, INT64_MAX, INT64_MIN).empty());
}

TEST_F(History, KeepsTheFirstFingerprintOfATickWhereverItLies) {
  for (const bool is_folded : {false, true}) {
    const channel_number channel = is_folded ? 2 : 1;
    commit({tick_of_channel(channel, begin_time)});
    if (is_folded) maintain(begin_time + 10'000);
    refused_ = 0;
    commit({tick_of_channel(channel, begin_time)});
    EXPECT_EQ(refused_, 0u);
    commit({{channel, begin_time, gap_reason::none, bits_of(channel, begin_time, 1)}});
    EXPECT_EQ(refused_, 1u);
    commit({{channel, begin_time, gap_reason::timeout, {}}});
    EXPECT_EQ(refused_, 2u);
    EXPECT_EQ(read(channel, 0, INT64_MAX), seconds_of(channel, begin_time, 1));
    EXPECT_EQ(insert(channel, seconds_of(channel, begin_time, 1)).present, 1u);
  }
}

TEST_F(History, PutsAFingerprintInThePlaceOfAGapAndNothingElse) {
  for (const bool is_folded : {false, true}) {
    const channel_number channel = is_folded ? 2 : 1;
    commit({{channel, begin_time, gap_reason::timeout, {}},
            {channel, begin_time + 1, gap_reason::dns, {}}});
    if (is_folded) maintain(begin_time + 10'000);
    commit({{channel, begin_time, gap_reason::tls, {}}});
    EXPECT_EQ(gap(channel, begin_time, begin_time + 2, gap_reason::timeout), 1u);
    commit({tick_of_channel(channel, begin_time)});
    EXPECT_EQ(insert(channel, seconds_of(channel, begin_time, 2)).stored, 1u);
    EXPECT_EQ(gaps(channel, begin_time, begin_time + 2), gap_counts{});
    EXPECT_EQ(read(channel, 0, INT64_MAX), seconds_of(channel, begin_time, 2));
  }
  EXPECT_EQ(refused_, 0u);
}

TEST_F(History, InsertsAllOrNothing) {
  insert(1, seconds_of(1, begin_time, 2'000));
  auto other = seconds_of(1, begin_time - 1'000, 2'500);
  other.back().bits = bits_of(1, other.back().time, 1);
  const auto refused = files_.writer->insert(1, other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::data_conflict);
  EXPECT_EQ(read(1, 0, INT64_MAX), seconds_of(1, begin_time, 2'000));
  other.back().bits = bits_of(1, other.back().time);
  const auto counts = insert(1, other);
  EXPECT_EQ(counts.stored, 1'000u);
  EXPECT_EQ(counts.present, 1'500u);
  EXPECT_EQ(read(1, 0, INT64_MAX), seconds_of(1, begin_time - 1'000, 3'000));
}

TEST_F(History, CountsATickThatNobodyWroteAsTheOutageItLiesIn) {
  commit({tick_of_channel(1, begin_time), {1, begin_time + 10, gap_reason::status, {}}});
  ASSERT_TRUE(files_.writer->record({begin_time + 5, begin_time + 14, gap_reason::down}));
  ASSERT_TRUE(files_.writer->record({begin_time + 13, begin_time + 15, gap_reason::clock}));
  gap_counts expected{};
  expected[static_cast<std::size_t>(gap_reason::status)] = 1;
  expected[static_cast<std::size_t>(gap_reason::down)] = 9;
  expected[static_cast<std::size_t>(gap_reason::clock)] = 1;
  expected[static_cast<std::size_t>(gap_reason::absent)] = 20 - 12;
  EXPECT_EQ(gaps(1, begin_time, begin_time + 20), expected);
  expected = {};
  expected[static_cast<std::size_t>(gap_reason::down)] = 2;
  EXPECT_EQ(gaps(1, begin_time + 12, begin_time + 14), expected);
  EXPECT_EQ(gaps(1, begin_time + 9, begin_time + 9), gap_counts{});
}

TEST_F(History, TellsWhatAChannelReachesAndWhenTheServiceWasAlive) {
  EXPECT_FALSE(files_.reader->extent(1).value());
  EXPECT_FALSE(files_.reader->newest_tick().value());
  commit({{1, begin_time, gap_reason::timeout, {}}});
  EXPECT_FALSE(files_.reader->extent(1).value());
  EXPECT_EQ(files_.reader->newest_tick().value(), begin_time);
  commit({tick_of_channel(1, begin_time + 700), tick_of_channel(2, begin_time + 1'300)});
  commit({{1, begin_time + 1'500, gap_reason::timeout, {}}});
  for (const bool is_folded : {false, true}) {
    if (is_folded) maintain(begin_time + 10'000);
    const auto extent = files_.reader->extent(1).value();
    ASSERT_TRUE(extent);
    EXPECT_EQ(extent->oldest, begin_time + 700);
    EXPECT_EQ(extent->newest, begin_time + 700);
    EXPECT_EQ(files_.reader->newest_tick().value(), begin_time + 1'500);
  }
}

TEST_F(History, DropsWhatIsOlderInSlicesAndUsesTheSpaceAgain) {
  std::uint64_t bytes_before = 0;
  std::int64_t now = begin_time;
  for (int hour = 0; hour < 12; ++hour, now += 3'600) {
    for (channel_number channel = 1; channel <= 3; ++channel)
      insert(channel, seconds_of(channel, now, 3'600));
    ASSERT_TRUE(files_.writer->record({now + 3'600, now + 3'600, gap_reason::clock}));
    maintain(now + 3'600, now + 3'600 - 7'200);
    if (hour == 5) bytes_before = disk_.files().at("d/history.db").size();
  }
  const auto extent = files_.reader->extent(2).value();
  ASSERT_TRUE(extent);
  EXPECT_EQ(extent->oldest, chunk_start(chunk_of(now - 7'200)));
  EXPECT_EQ(gap(2, begin_time, begin_time + 3'601, gap_reason::clock), 0u);
  EXPECT_LE(disk_.files().at("d/history.db").size(), bytes_before * 11 / 10);
  EXPECT_GE(files_.writer->file_bytes(), bytes_before);
}

TEST_F(History, RemovesAForgottenChannelAndNoOther) {
  for (channel_number channel = 1; channel <= 3; ++channel)
    insert(channel, seconds_of(channel, begin_time, 3'000));
  ASSERT_TRUE(files_.writer->forget(2));
  // What was on its way to it.
  commit({tick_of_channel(2, begin_time + 3'000), tick_of_channel(3, begin_time + 3'000)});
  EXPECT_EQ(insert(2, seconds_of(2, begin_time - 10, 5)).stored, 0u);
  maintain(begin_time + 3'001);
  reopen();
  maintain(begin_time + 10'000);
  EXPECT_TRUE(read(2, 0, INT64_MAX).empty());
  EXPECT_EQ(gap(2, begin_time, begin_time + 100, gap_reason::absent), 100u);
  EXPECT_EQ(read(1, 0, INT64_MAX), seconds_of(1, begin_time, 3'000));
  EXPECT_EQ(read(3, 0, INT64_MAX), seconds_of(3, begin_time, 3'001));
  EXPECT_EQ(disk_.files().count("d/history.db"), 1u);
  const auto left = sqlite::connection::open_as_it_is("d/history.db", {.vfs = disk_.name()})
                        .value()
                        .integer("SELECT count(*) FROM forgotten");
  EXPECT_EQ(left.value(), 0);
}

TEST_F(History, BoundsTheLogWhateverIsPushed) {
  for (channel_number channel = 1; channel <= 60; ++channel)
    insert(channel, seconds_of(channel, begin_time, 3'600));
  EXPECT_LT(disk_.files().at("d/history.db-wal").size(), 24u << 20);
}

TEST_F(History, RefusesANewerSchemaAndLeavesItUntouched) {
  insert(1, seconds_of(1, begin_time, 10));
  files_ = {};
  {
    auto db = sqlite::connection::open_as_it_is("d/history.db", {.vfs = disk_.name()});
    ASSERT_TRUE(db->execute("PRAGMA user_version = 9"));
    ASSERT_TRUE(db->checkpoint(sqlite::checkpoint_kind::truncate));
  }
  const auto before = disk_.files();
  const auto refused = open_history("d", disk_.name());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::io_failed);
  EXPECT_EQ(refused.error().what,
            "d/history.db: has schema version 9, which is newer than 1, the newest that this "
            "program knows");
  EXPECT_EQ(disk_.files().at("d/history.db"), before.at("d/history.db"));
}

TEST(HistoryFile, IsMadeInADirectoryAndIsOneFileWhenClosed) {
  const temporary_directory directory;
  for (int times = 0; times < 2; ++times) {
    auto files = open_history(directory.path());
    ASSERT_TRUE(files) << files.error().what;
    const auto seconds = seconds_of(1, begin_time, 10);
    ASSERT_TRUE(files->writer->insert(1, seconds));
    std::vector<recorded_second> found;
    ASSERT_TRUE(files->reader->read(1, 0, INT64_MAX, 100, found));
    EXPECT_EQ(found, seconds);
  }
  EXPECT_FALSE(std::filesystem::exists(directory.path() + "/history.db-wal"));
  EXPECT_FALSE(open_history(directory.path() + "/missing"));
}

}  // namespace
}  // namespace reprise
