// A library that is read beside the process that holds it, or behind one that was killed.
#include "host/library/library_place.hpp"

#include <fstream>

#include "host/store/data_directory.hpp"
#include "tests/library_support.hpp"

namespace reprise {
namespace {

using LibraryPlace = library_fixture;

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::uint64_t count_in(const std::string& directory) {
  const auto file = open_library_to_read(directory);
  EXPECT_TRUE(file) << file.error().what;
  return file ? make_video_reader(**file)->count().value() : 0;
}

// The service has videos in its log that are not in its file yet.
TEST_F(LibraryPlace, IsReadBesideItsHolderWithoutACheckpoint) {
  const auto held = data_directory::hold(directory_.path());
  ASSERT_TRUE(held);
  add(make_video("a"));
  const std::string file = content_of(path_), log = content_of(path_ + "-wal");
  ASSERT_GT(log.size(), 0U);
  EXPECT_EQ(count_in(directory_.path()), 1U);
  EXPECT_EQ(content_of(path_), file);
  EXPECT_EQ(content_of(path_ + "-wal"), log);
  add(make_video("b"));
  EXPECT_EQ(count_in(directory_.path()), 2U);
}

// A killed service leaves its file and its log, as they are now.
TEST_F(LibraryPlace, IsReadBehindAKilledProcess) {
  add(make_video("a"));
  const temporary_directory left;
  for (const std::string file : {"library.db", "library.db-wal"}) {
    std::filesystem::copy(directory_.path() + "/" + file, left.path() + "/" + file);
  }
  EXPECT_EQ(count_in(left.path()), 1U);
}

// An empty file that is marked as ours is the version before the first.
TEST_F(LibraryPlace, OfAnOlderVersionIsReadWhereNobodyHoldsIt) {
  const temporary_directory old;
  const std::int32_t ours = library_schema().application_id;
  {
    auto made = sqlite::connection::open_writer(library_path(old.path()), {ours, {}}, {});
    ASSERT_TRUE(made) << made.error().what;
    ASSERT_TRUE(made->execute("pragma application_id = " + std::to_string(ours)));
  }
  {
    const auto held = data_directory::hold(old.path());
    ASSERT_TRUE(held);
    EXPECT_FALSE(open_library_to_read(old.path()));
  }
  EXPECT_EQ(count_in(old.path()), 0U);
}

TEST_F(LibraryPlace, IsFreeForAServiceWhileItIsRead) {
  add(make_video("a"));
  const auto read = open_library_to_read(directory_.path());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE(data_directory::hold(directory_.path()));
  add(make_video("b"));
  EXPECT_EQ(make_video_reader(**read)->count().value(), 2U);
}

TEST(LibraryPlaces, WithoutALibraryAreLeftAsTheyAre) {
  const temporary_directory empty;
  for (const std::string& path : {empty.path(), empty.path() + "/none"}) {
    const auto opened = open_library_to_read(path);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::io_failed);
    EXPECT_EQ(opened.error().what, path + "/library.db: No such file or directory");
  }
  EXPECT_TRUE(std::filesystem::is_empty(empty.path()));
}

}  // namespace
}  // namespace reprise
