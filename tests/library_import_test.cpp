// Files of videos: what is imported, what is refused, and what is left of a broken upload.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "host/worker_thread.hpp"
#include "tests/library_support.hpp"

namespace reprise {
namespace {

using Import = library_fixture;

std::vector<std::uint64_t> lines_of(const import_report& report) {
  std::vector<std::uint64_t> lines;
  for (const row_refusal& each : report.refused.first()) lines.push_back(each.line);
  return lines;
}

std::vector<video> sorted(std::vector<video> videos) {
  std::sort(videos.begin(), videos.end(),
            [](const video& a, const video& b) { return a.content_id < b.content_id; });
  return videos;
}

TEST_F(Import, OfTheSameFileTwiceFindsAllPresent) {
  const std::vector<video> videos = make_videos(300);
  const import_report first = import(csv_of(videos));
  EXPECT_TRUE(first.imported);
  EXPECT_EQ(first.inserted, 300U);
  EXPECT_EQ(all(), sorted(videos));
  const std::uint64_t before = revision();
  const import_report again = import(csv_of(videos));
  EXPECT_TRUE(again.imported);
  EXPECT_EQ(again.present, 300U);
  EXPECT_EQ(again.inserted, 0U);
  EXPECT_EQ(again.refused.count(), 0U);
  EXPECT_EQ(revision(), before);
}

TEST_F(Import, OfAFileWithOneBadRowImportsNothing) {
  std::string csv = csv_of(make_videos(20));
  csv += "bad row\r\n";
  append_video_row(csv, make_video("last"));
  const import_report report = import(csv);
  EXPECT_FALSE(report.imported);
  EXPECT_EQ(report.inserted, 0U);
  EXPECT_EQ(report.refused.count(), 1U);
  EXPECT_EQ(lines_of(report), std::vector<std::uint64_t>{22});
  EXPECT_EQ(count(), 0U);
  EXPECT_EQ(revision(), 0U);
}

TEST_F(Import, InPartsTakesTheGoodRows) {
  add(make_video("v3", 999));
  std::string csv = csv_of(make_videos(20));
  csv += "bad row\r\n";
  const import_report report = import(csv, {.mode = import_mode::partial});
  EXPECT_TRUE(report.imported);
  EXPECT_EQ(report.inserted, 19U);
  EXPECT_EQ(report.refused.count(), 2U);
  EXPECT_EQ(lines_of(report), (std::vector<std::uint64_t>{5, 22}));
  EXPECT_EQ(count(), 20U);
  EXPECT_EQ(*reader().get("v3").value(), make_video("v3", 999));
}

// v0 is there as it is in the file, v1 otherwise, v2 not at all; the file has v2 in two ways.
TEST_F(Import, ResolvesConflictsAsAsked) {
  const video v0 = make_video("v0"), old = make_video("v1", 1), v1 = make_video("v1", 2),
              v2 = make_video("v2", 1), last = make_video("v2", 2);
  const std::string csv = csv_of({v0, v1, v2, v2, last});
  add(v0);
  add(old);
  const import_report refused = import(csv);
  EXPECT_FALSE(refused.imported);
  EXPECT_EQ(refused.refused.count(), 2U);
  EXPECT_EQ(lines_of(refused), (std::vector<std::uint64_t>{3, 6}));
  EXPECT_EQ(refused.refused.first().front().reason,
            "content_id v1 is there already with another content");
  EXPECT_EQ(all(), (std::vector{v0, old}));

  const import_report skipped = import(csv, {.on_conflict = conflict_policy::skip});
  EXPECT_TRUE(skipped.imported);
  EXPECT_EQ(skipped.inserted, 1U);
  EXPECT_EQ(skipped.present, 2U);
  EXPECT_EQ(skipped.skipped, 2U);
  EXPECT_EQ(all(), (std::vector{v0, old, v2}));

  const import_report replaced = import(csv, {.on_conflict = conflict_policy::replace});
  EXPECT_TRUE(replaced.imported);
  EXPECT_EQ(replaced.present, 3U);
  EXPECT_EQ(replaced.replaced, 2U);
  EXPECT_EQ(all(), (std::vector{v0, v1, last}));
}

// The library is not even opened.
TEST_F(Import, OfAFileWithBadRowsHoldsNobodyUp) {
  add(make_video("v3", 999));
  staged_videos staged = stage(csv_of(make_videos(20)) + "bad row\r\n");
  library_file none{directory_.path() + "/none/library.db", ""};
  const auto report = make_video_writer(none)->merge(staged, {});
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_FALSE(report->imported);
  EXPECT_EQ(lines_of(*report), std::vector<std::uint64_t>{22})
      << "of the conflict it knows nothing";
}

TEST_F(Import, TakesSoManyRowsAndNoMore) {
  const std::string csv = csv_of(make_videos(2)) + "bad row\r\n";
  for (const std::uint64_t rows_max : {3U, 2U}) {
    video_import import{std::make_unique<memory_staging>(), rows_max};
    const auto read = import.read(csv);
    EXPECT_EQ(read.has_value(), rows_max == 3);
    if (read) continue;
    EXPECT_EQ(read.error().code, errc::out_of_range);
    EXPECT_EQ(read.error().what, "line 4: more than 2 rows in one file: send it in parts");
  }
}

// Bad rows and conflicts are told together, by their lines, the first hundred of them.
TEST_F(Import, CountsEveryRefusalAndTellsTheFirstHundred) {
  std::vector<video> videos = make_videos(150);
  ASSERT_TRUE(import(csv_of(videos)).imported);
  std::string csv;
  append_video_header(csv);
  for (video& each : videos) {
    each.actual_label = "other";
    append_video_row(csv, each);
    csv += "bad row\r\n";
  }
  const import_report report = import(csv, {.mode = import_mode::partial});
  EXPECT_EQ(report.inserted + report.present, 0U);
  EXPECT_EQ(report.refused.count(), 300U);
  std::vector<std::uint64_t> wanted(100);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = i + 2;
  EXPECT_EQ(lines_of(report), wanted);
}

TEST_F(Import, ThatBreaksOffAnywhereLeavesNothing) {
  add(make_video("there"));
  const std::set<std::string> before = files();
  const std::string csv = csv_of(make_videos(1'500));
  ASSERT_GT(csv.size(), 3 * staging_buffer_bytes);
  for (std::size_t tenth = 0; tenth <= 10; ++tenth) {
    {
      auto import = video_import::begin(directory_.path());
      ASSERT_TRUE(import) << import.error().what;
      const std::string_view part = std::string_view{csv}.substr(0, csv.size() * tenth / 10);
      for (std::size_t at = 0; at < part.size(); at += 10'000) {
        ASSERT_TRUE(import->read(part.substr(at, 10'000)));
      }
      EXPECT_EQ(files(), before);
      if (tenth == 10) {
        EXPECT_EQ(import->finish()->rows.count(), 1'500U);
      }
    }
    EXPECT_EQ(files(), before);
    EXPECT_EQ(count(), 1U);
    EXPECT_EQ(revision(), 1U);
  }
}

TEST_F(Import, ThatIsCancelledLeavesNothing) {
  const auto cancel = make_cancel_signal();
  ASSERT_TRUE(cancel);
  staged_videos staged = stage(csv_of(make_videos(600)));
  (*cancel)->cancel();
  const auto stopped = writer().merge(staged, {}, cancel->get());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, errc::stopping);
  EXPECT_EQ(count(), 0U);
  EXPECT_EQ(writer().merge(staged, {})->inserted, 600U);
}

TEST_F(Import, OverAFullDiskIsRefusedBeforeItsEnd) {
  video_import import{std::make_unique<memory_staging>(2 * staging_buffer_bytes)};
  const std::string csv = csv_of(make_videos(2'000));
  const auto read = import.read(csv);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::storage_full);
  EXPECT_EQ(import.finish().error().code, errc::storage_full);
}

TEST(StagingFile, NeedsItsDirectory) {
  const auto made = make_staging_file("/nowhere/at/all");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::io_failed);
}

TEST(VideoStaging, GivesItsRowsBackAsOftenAsAsked) {
  const temporary_directory directory;
  const std::vector<video> videos = make_videos(1'200);
  video_staging staging{std::move(*make_staging_file(directory.path()))};
  for (std::size_t i = 0; i < videos.size(); ++i) ASSERT_TRUE(staging.add(10 * i, videos[i]));
  ASSERT_TRUE(staging.finish());
  EXPECT_GT(staging.bytes(), 2 * staging_buffer_bytes);
  for (int round = 0; round < 2; ++round) {
    std::uint64_t line = 0;
    video read;
    for (std::size_t i = 0; i < videos.size(); ++i) {
      ASSERT_TRUE(staging.next(line, read).value());
      EXPECT_EQ(line, 10 * i);
      EXPECT_EQ(read, videos[i]);
    }
    EXPECT_FALSE(staging.next(line, read).value());
    staging.rewind();
  }
}

// Every read shows the library as it was before a merge or as it is behind one: all of its labels
// are the same.
TEST_F(Import, IsSeenWholeOrNotAtAll) {
  constexpr std::size_t videos_count = 200;
  std::vector<video> videos = make_videos(videos_count);
  ASSERT_TRUE(import(csv_of(videos)).imported);
  std::atomic<bool> enough{false};
  std::uint64_t merges = 0;
  std::thread merging{[&] {
    for (; !enough || merges < 4; ++merges) {
      for (video& each : videos) {
        each.actual_label = each.predicted_label = named("round ", merges);
        each.features.fill(static_cast<double>(merges));
      }
      staged_videos staged = stage(csv_of(videos));
      const auto merged = writer().merge(staged, {.on_conflict = conflict_policy::replace});
      EXPECT_TRUE(merged && merged->replaced == videos_count);
    }
  }};
  for (int round = 0; round < 30; ++round) {
    const auto counts = reader().counts({});
    EXPECT_TRUE(counts && counts->cells.size() == 1 && counts->cells[0].count == videos_count);
    const std::vector<video> seen = all();
    EXPECT_EQ(seen.size(), videos_count);
    for (const video& each : seen) {
      EXPECT_EQ(each.actual_label, seen.front().actual_label);
      EXPECT_TRUE(same_bits(each.features, seen.front().features) ||
                  seen.front().actual_label == "advert");
    }
  }
  enough = true;
  merging.join();
  EXPECT_EQ(revision(), 1 + merges);
}

// Each is staged on a thread of its own; the merges queue for the writer's thread.
TEST_F(Import, InParallelDoesNotFailAnother) {
  constexpr std::size_t imports = 4;
  worker_thread writing{"library"};
  std::vector<std::thread> uploads;
  std::vector<std::promise<import_report>> reports(imports);
  for (std::size_t i = 0; i < imports; ++i) {
    uploads.emplace_back([&, i] {
      std::vector<video> videos = make_videos(100);  // the same in each
      for (std::size_t own = 0; own < 50; ++own) {
        videos.push_back(make_video(named(named("own-", i) + "-", own)));
      }
      auto import = video_import::begin(directory_.path());
      ASSERT_TRUE(import && import->read(csv_of(videos)));
      auto staged = std::make_shared<staged_videos>(std::move(*import->finish()));
      writing.post([&, i, staged] {
        auto merged = writer().merge(*staged, {});
        reports[i].set_value(merged ? std::move(*merged) : import_report{});
      });
    });
  }
  for (std::thread& each : uploads) each.join();
  std::uint64_t inserted = 0;
  for (auto& each : reports) {
    const import_report report = each.get_future().get();
    EXPECT_TRUE(report.imported);
    inserted += report.inserted;
  }
  EXPECT_EQ(inserted, 100 + 50 * imports);
  EXPECT_EQ(count(), 100 + 50 * imports);
}

std::string any_label(std::mt19937_64& random) {
  static constexpr const char* pieces[] = {
      "=",  "+", "-",           "@", "'", ",", "\"", ";", " ", "x", "\xc3\xa9", "\xf0\x9f\x93\xba",
      "\\", "[", "\xef\xbb\xbf"};
  std::string made;
  for (std::uint64_t left = 1 + random() % 6; left > 0; --left) {
    made += pieces[random() % std::size(pieces)];
  }
  return made;
}

TEST_F(Import, OfWhatWasExportedMakesTheSameLibraryToTheBit) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    std::vector<video> videos;
    for (std::size_t i = 0; i < 100; ++i) {
      video each = make_video(named(named("-", seed) + ":", i), random());
      each.actual_label = any_label(random);
      each.predicted_label = any_label(random);
      if (random() % 2 == 0) each.tvshow = any_label(random);
      videos.push_back(each);
    }
    ASSERT_TRUE(import(csv_of(videos)).imported);
    const std::vector<video> exported = all();
    temporary_directory directory;
    library_file other{directory.path() + "/library.db", ""};
    ASSERT_TRUE(other.open());
    staged_videos staged = stage(csv_of(exported));
    ASSERT_EQ(staged.refused.count(), 0U) << staged.refused.first().front().reason;
    ASSERT_TRUE(make_video_writer(other)->merge(staged, {})->imported);
    std::vector<video> seen;
    ASSERT_TRUE(make_video_reader(other)->visit({}, "", [&](const video& each) {
      seen.push_back(each);
      return true;
    }));
    EXPECT_EQ(seen, exported);
    for (const video& each : videos) EXPECT_EQ(*reader().get(each.content_id).value(), each);
  }
}

}  // namespace
}  // namespace reprise
