// library.db on a disk that fails: an import is there whole or not at all.
#include <gtest/gtest.h>

#include "tests/failing_disk.hpp"
#include "tests/library_support.hpp"

namespace reprise {
namespace {

constexpr std::size_t videos_count = 120;
constexpr const char* path = "/data/library.db";

std::uint64_t bytes_of(const failing_disk& disk) {
  std::uint64_t sum = 0;
  for (const auto& [name, content] : disk.files()) {
    if (!name.ends_with("-shm")) sum += content.size();
  }
  return sum;
}

std::uint64_t count_of(library_file& file) {
  const auto read = make_video_reader(file)->count();
  EXPECT_TRUE(read) << read.error().what;
  return read.value();
}

TEST(LibraryFaults, AFullDiskRefusesAnImportAndIsGivenItsRoomBack) {
  failing_disk disk{1};
  library_file file{path, disk.name()};
  ASSERT_TRUE(file.open());
  const auto writer = make_video_writer(file);
  ASSERT_TRUE(writer->add(make_video("there")));
  file.fold();
  const std::uint64_t before = bytes_of(disk);
  staged_videos staged = stage(csv_of(make_videos(videos_count)));
  for (const std::uint64_t room : {10'000U, 100'000U, 300'000U}) {
    disk.set_space(bytes_of(disk) + room);
    const auto merged = writer->merge(staged, {});
    ASSERT_FALSE(merged);
    EXPECT_EQ(merged.error().code, errc::storage_full) << merged.error().what;
    EXPECT_LE(bytes_of(disk), before) << room;
    EXPECT_EQ(count_of(file), 1U);
    EXPECT_EQ(make_video_reader(file)->revision().value(), 1U);
    disk.set_space({});
  }
  const auto merged = writer->merge(staged, {});
  ASSERT_TRUE(merged) << merged.error().what;
  EXPECT_EQ(merged->inserted, videos_count);
}

TEST(LibraryFaults, AnImportWhoseWriteOrSyncFailsIsTakenWholeTheNextTime) {
  int failures = 0;
  for (const disk_operation kind : {disk_operation::write, disk_operation::sync}) {
    for (std::uint64_t nth = 1; nth < 400; nth = nth * 3 / 2 + 1) {
      failing_disk disk{nth};
      library_file file{path, disk.name()};
      ASSERT_TRUE(file.open());
      const auto writer = make_video_writer(file);
      staged_videos staged = stage(csv_of(make_videos(videos_count)));
      disk.fail(kind, nth);
      const auto first = writer->merge(staged, {});
      const std::uint64_t there = count_of(file);
      EXPECT_TRUE(there == videos_count || (!first && there == 0)) << there;
      if (!first) ++failures;
      const auto again = writer->merge(staged, {});
      ASSERT_TRUE(again) << again.error().what;
      EXPECT_EQ(again->inserted + again->present, videos_count);
      EXPECT_EQ(count_of(file), videos_count);
    }
  }
  EXPECT_GT(failures, 3);
}

TEST(LibraryFaults, AnAcknowledgedImportIsThereWhenThePowerHasGone) {
  for (std::uint64_t nth = 1; nth < 600; nth = nth * 3 / 2 + 1) {
    for (const survival what : {survival::synced, survival::some, survival::all}) {
      failing_disk disk{nth};
      bool acknowledged = false;
      {
        library_file file{path, disk.name()};
        ASSERT_TRUE(file.open());
        staged_videos staged = stage(csv_of(make_videos(videos_count)));
        disk.cut_power(nth);
        acknowledged = make_video_writer(file)->merge(staged, {}).has_value();
      }
      disk.restart(what);
      library_file file{path, disk.name()};
      const auto opened = file.open();
      ASSERT_TRUE(opened) << opened.error().what;
      const std::uint64_t there = count_of(file);
      EXPECT_TRUE(there == videos_count || (!acknowledged && there == 0)) << there;
      const auto reader = make_video_reader(file);
      std::uint64_t whole = 0;
      EXPECT_TRUE(reader->visit({}, "", [&](const video&) { return ++whole > 0; }));
      EXPECT_EQ(whole, there);
    }
  }
}

}  // namespace
}  // namespace reprise
