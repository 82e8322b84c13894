// What the tests of the library share: videos, files of them, and a library in a directory of its
// own.
//
// Errors   a failure of the store fails the test
// Threads  one at a time
// Owns     the directory and the library
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/library/video_store.hpp"
#include "tests/memory_staging.hpp"
#include "tests/temporary_directory.hpp"

namespace reprise {

// Any finite double, by its bits; the remarkable ones often.
inline double any_feature(std::mt19937_64& random) {
  using limits = std::numeric_limits<double>;
  static constexpr double remarkable[] = {0.0,
                                          -0.0,
                                          1.0,
                                          -1.0,
                                          255.0,
                                          0.1,
                                          9'007'199'254'740'993.0,
                                          1e20,
                                          123'456'789'012'345'670'000.0,
                                          limits::max(),
                                          limits::lowest(),
                                          limits::min(),
                                          limits::denorm_min()};
  if (random() % 4 == 0) return remarkable[random() % std::size(remarkable)];
  for (;;) {
    const auto made = std::bit_cast<double>(random());
    if (std::isfinite(made)) return made;
  }
}

inline std::string named(std::string text, std::uint64_t number) {
  return text += std::to_string(number);
}

inline video make_video(const std::string& content_id, std::uint64_t seed = 1) {
  std::mt19937_64 random{seed};
  video made;
  made.content_id = content_id;
  made.actual_label = "advert";
  made.predicted_label = "promo";
  for (double& each : made.features) each = any_feature(random);
  return made;
}

inline std::vector<video> make_videos(std::size_t count, std::uint64_t seed = 1) {
  std::vector<video> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(make_video(named("v", i), seed + i));
  }
  return made;
}

inline std::string csv_of(const std::vector<video>& videos) {
  std::string text;
  append_video_header(text);
  for (const video& each : videos) append_video_row(text, each);
  return text;
}

inline staged_videos stage(const std::string& csv) {
  video_import import{std::make_unique<memory_staging>()};
  const auto read = import.read(csv);
  EXPECT_TRUE(read) << read.error().what;
  auto finished = import.finish();
  EXPECT_TRUE(finished) << finished.error().what;
  return std::move(*finished);
}

// Why the file as a whole is refused.
inline std::string refusal_of(const std::string& csv) {
  video_import import{std::make_unique<memory_staging>()};
  if (const auto read = import.read(csv); !read) {
    EXPECT_EQ(read.error().code, errc::data_malformed);
    return read.error().what;
  }
  const auto finished = import.finish();
  if (finished) return "";
  EXPECT_EQ(finished.error().code, errc::data_malformed);
  return finished.error().what;
}

class library_fixture : public ::testing::Test {
 protected:
  library_fixture() { reopen(); }

  void reopen() {
    writer_.reset();
    reader_.reset();
    file_ = std::make_unique<library_file>(path_, "");
    const auto opened = file_->open();
    ASSERT_TRUE(opened) << opened.error().what;
    writer_ = make_video_writer(*file_);
    reader_ = make_video_reader(*file_);
  }
  video_writer& writer() { return *writer_; }
  video_reader& reader() { return *reader_; }

  void add(const video& added) {
    const auto done = writer().add(added);
    ASSERT_TRUE(done) << done.error().what;
    ASSERT_EQ(*done, put_result::inserted);
  }
  import_report import(const std::string& csv, const import_policy& policy = {}) {
    staged_videos staged = stage(csv);
    auto report = writer().merge(staged, policy);
    EXPECT_TRUE(report) << report.error().what;
    return std::move(*report);
  }
  std::vector<video> all(const video_filter& filter = {}) {
    std::vector<video> seen;
    const auto visited = reader().visit(filter, "", [&](const video& each) {
      seen.push_back(each);
      return true;
    });
    EXPECT_TRUE(visited) << visited.error().what;
    return seen;
  }
  std::uint64_t count() { return reader().count().value(); }
  std::uint64_t revision() { return reader().revision().value(); }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator{directory_.path()}) {
      names.insert(each.path().filename());
    }
    return names;
  }

  temporary_directory directory_;
  std::string path_ = directory_.path() + "/library.db";
  std::unique_ptr<library_file> file_;
  std::unique_ptr<video_writer> writer_;
  std::unique_ptr<video_reader> reader_;
};

}  // namespace reprise
