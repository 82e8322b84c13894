// The library's file: what is written comes back, in lists and counts too.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/library_support.hpp"

namespace reprise {
namespace {

using Library = library_fixture;
using LibraryLists = library_fixture;
using LibraryFile = library_fixture;

TEST_F(Library, GivesAVideoBackToTheBit) {
  video written = make_video("a");
  using limits = std::numeric_limits<double>;
  const double remarkable[] = {
      0.0, -0.0, 3.0, -7.0, limits::denorm_min(), limits::max(), limits::lowest(), 0.1, 1e22};
  std::copy(std::begin(remarkable), std::end(remarkable), written.features.begin());
  written.tvshow = "the show";
  add(written);
  reopen();
  const auto read = reader().get("a");
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_TRUE(*read);
  EXPECT_EQ(**read, written);
  EXPECT_FALSE(reader().get("b").value());
}

TEST_F(Library, TakesTheSameAgainAndRefusesOtherContent) {
  video written = make_video("a");
  add(written);
  EXPECT_EQ(writer().add(written).value(), put_result::present);
  for (const auto& change : std::vector<std::function<void(video&)>>{
           [](video& of) { of.actual_label = "x"; }, [](video& of) { of.predicted_label = "x"; },
           [](video& of) { of.tvshow = "x"; }, [](video& of) { of.features[255] += 1; }}) {
    video other = written;
    other.features[255] = 1;
    change(other);
    const auto refused = writer().add(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::data_conflict);
    EXPECT_EQ(all(), std::vector{written});
  }
}

TEST_F(Library, ReplacesAndRemoves) {
  const video first = make_video("a", 1), other = make_video("b", 2);
  video second = make_video("a", 3);
  second.tvshow = "x";
  add(other);
  EXPECT_EQ(writer().put(first).value(), put_result::inserted);
  EXPECT_EQ(writer().put(first).value(), put_result::present);
  EXPECT_EQ(writer().put(second).value(), put_result::replaced);
  EXPECT_EQ(all(), (std::vector{second, other}));
  ASSERT_TRUE(writer().remove("a"));
  EXPECT_EQ(writer().remove("a").error().code, errc::not_found);
  EXPECT_EQ(all(), std::vector{other});
  EXPECT_EQ(writer().put(first).value(), put_result::inserted);
  EXPECT_EQ(all(), (std::vector{first, other}));
}

TEST_F(Library, LeavesNoFeaturesBehindARemovedVideo) {
  add(make_video("a"));
  add(make_video("b"));
  ASSERT_TRUE(writer().remove("b"));
  auto db = sqlite::connection::open_reader(path_, library_schema(), {});
  ASSERT_TRUE(db) << db.error().what;
  EXPECT_EQ(db->integer("select count(*) from feature_vectors").value(), 256);
  EXPECT_EQ(db->integer("select count(distinct position) from feature_vectors").value(), 256);
}

TEST_F(Library, RaisesItsRevisionWithEveryChangeAndWithNothingElse) {
  std::uint64_t before = revision();
  const auto raised = [&] { return std::exchange(before, revision()) + 1 == before; };
  const video a = make_video("a");
  add(a);
  EXPECT_TRUE(raised());
  EXPECT_TRUE(writer().add(a));
  EXPECT_TRUE(writer().put(a));
  EXPECT_FALSE(writer().add(make_video("a", 2)));
  EXPECT_FALSE(writer().remove("b"));
  import(csv_of({a}));
  import(csv_of({make_video("b"), make_video("a", 2)}));
  EXPECT_EQ(revision(), before);
  import(csv_of({make_video("b"), make_video("c")}));
  EXPECT_TRUE(raised());
  ASSERT_TRUE(writer().put(make_video("a", 2)));
  EXPECT_TRUE(raised());
  ASSERT_TRUE(writer().remove("a"));
  EXPECT_TRUE(raised());
  reopen();
  EXPECT_EQ(revision(), before);
}

std::vector<video> mixed_videos() {
  std::vector<video> made;
  for (std::size_t i = 0; i < 60; ++i) {
    video each = make_video(named("v", i), i);
    each.actual_label = i % 3 == 0 ? "advert" : "promo";
    each.predicted_label = i % 4 == 0 ? "advert" : "promo";
    if (i % 5 != 0) each.tvshow = i % 2 == 0 ? "even" : "odd";
    made.push_back(each);
  }
  return made;
}

TEST_F(LibraryLists, ArePagedByTheirIdsUnderEveryFilter) {
  for (const video& each : mixed_videos()) add(each);
  for (const video_filter& filter :
       {video_filter{}, video_filter{.tvshow = "even"}, video_filter{.label = "advert"},
        video_filter{"odd", "promo"}, video_filter{.tvshow = "none"}}) {
    std::vector<std::string> wanted, seen;
    for (const video& each : mixed_videos()) {
      const bool fits = (!filter.tvshow || each.tvshow == filter.tvshow) &&
                        (!filter.label || each.actual_label == filter.label);
      if (fits) wanted.push_back(each.content_id);
    }
    std::sort(wanted.begin(), wanted.end());
    std::optional<std::string> cursor;
    do {
      const auto read = reader().list(filter, 7, cursor);
      ASSERT_TRUE(read) << read.error().what;
      EXPECT_TRUE(read->items.size() == 7 || !read->next);
      for (const video_entry& each : read->items) {
        seen.push_back(each.content_id);
        EXPECT_EQ(reader().get(each.content_id).value()->entry(), each);
      }
      cursor = read->next;
    } while (cursor);
    EXPECT_EQ(seen, wanted);
    std::vector<std::string> visited;
    for (const video& each : all(filter)) visited.push_back(each.content_id);
    EXPECT_EQ(visited, wanted);
  }
}

TEST_F(LibraryLists, RefuseCursorsThatAreNoneOfTheirs) {
  add(make_video("jk"));
  add(make_video("l"));
  const std::string next = reader().list({}, 1).value().next.value();
  EXPECT_EQ(reader().list({}, 1, next).value().items.front().content_id, "l");
  std::string upper = next;
  for (char& each : upper) each = static_cast<char>(std::toupper(each));
  for (const std::string& cursor : {std::string{}, std::string{"zz"}, next + "0", next + "20",
                                    next.substr(2), upper, std::string(400, '7')}) {
    const auto read = reader().list({}, 1, cursor);
    ASSERT_FALSE(read) << cursor;
    EXPECT_EQ(read.error().code, errc::usage);
  }
}

TEST_F(LibraryLists, AreVisitedUntilTheVisitorHasEnough) {
  for (const video& each : make_videos(10)) add(each);
  std::vector<std::string> seen;
  const auto take = [&](const video& each) {
    seen.push_back(each.content_id);
    return seen.size() < 5;
  };
  ASSERT_TRUE(reader().visit({}, "v2", take));
  EXPECT_EQ(seen, (std::vector<std::string>{"v3", "v4", "v5", "v6", "v7"}));
}

TEST_F(LibraryLists, CountTheirLabels) {
  for (const video& each : mixed_videos()) add(each);
  for (const auto& tvshow : {std::optional<std::string>{}, std::optional<std::string>{"even"}}) {
    label_counter wanted;
    for (const video& each : mixed_videos()) {
      if (tvshow && each.tvshow != tvshow) continue;
      ASSERT_TRUE(wanted.add(each.actual_label, each.predicted_label));
    }
    const auto read = reader().counts(tvshow);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, wanted.finish());
  }
  EXPECT_TRUE(reader().counts("none")->cells.empty());
}

TEST_F(LibraryLists, WithTooManyLabelsAreNotCounted) {
  std::vector<video> many;
  for (std::size_t i = 0; i <= labels_max; ++i) {
    many.push_back(make_video(named("v", i)));
    many.back().actual_label = std::to_string(i);
  }
  ASSERT_TRUE(import(csv_of(many)).imported);
  EXPECT_EQ(reader().counts({}).error().code, errc::parameter_out_of_range);
}

// As the first version of the program made it: written by hand, so that it stays what it was.
constexpr const char* first_file = R"sql(
create table videos(number integer primary key, content_id text not null unique,
  actual_label text not null, predicted_label text not null, tvshow text);
create index videos_by_label on videos(actual_label, content_id);
create index videos_by_tvshow on videos(tvshow, content_id) where tvshow is not null;
create table feature_vectors(video integer not null, position integer not null, value not null,
  primary key(video, position)) without rowid;
create table library(revision integer not null);
insert into library values(41);
insert into videos values(7, 'old', 'a', 'b', 's');
with recursive at(i) as (values(0) union all select i + 1 from at where i < 255)
  insert into feature_vectors select 7, i, i + 0.5 from at;
)sql";

TEST_F(LibraryFile, OfTheFirstVersionIsRead) {
  const std::string path = directory_.path() + "/old.db";
  const char* const steps[] = {first_file};
  {
    const auto made =
        sqlite::connection::open_writer(path, {library_schema().application_id, steps}, {});
    ASSERT_TRUE(made) << made.error().what;
  }
  library_file file{path, ""};
  const auto opened = file.open();
  ASSERT_TRUE(opened) << opened.error().what;
  const auto read = make_video_reader(file)->get("old");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ((*read)->entry(), (video_entry{"old", "a", "b", "s"}));
  for (std::size_t i = 0; i < features_count; ++i) {
    EXPECT_EQ((*read)->features[i], static_cast<double>(i) + 0.5);
  }
  EXPECT_EQ(make_video_reader(file)->revision().value(), 41U);
}

// An empty file that is marked as ours is the version before the first.
TEST_F(LibraryFile, OfAnOlderVersionIsMigrated) {
  const std::string path = directory_.path() + "/old.db";
  {
    auto made = sqlite::connection::open_writer(path, {library_schema().application_id, {}}, {});
    ASSERT_TRUE(made) << made.error().what;
    ASSERT_TRUE(made->execute("pragma application_id = " +
                              std::to_string(library_schema().application_id)));
  }
  library_file file{path, ""};
  ASSERT_TRUE(file.open());
  EXPECT_TRUE(make_video_writer(file)->add(make_video("a")));
}

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_F(LibraryFile, OfANewerVersionOrOfAnotherProgramIsRefusedUntouched) {
  const auto known = library_schema().steps;
  std::vector<const char*> steps{known.begin(), known.end()};
  steps.push_back("create table more(a)");
  const std::string newer = directory_.path() + "/newer.db",
                    other = directory_.path() + "/other.db";
  ASSERT_TRUE(sqlite::connection::open_writer(newer, {library_schema().application_id, steps}, {}));
  ASSERT_TRUE(sqlite::connection::open_writer(other, {99, steps}, {}));
  for (const std::string& path : {newer, other}) {
    const std::string before = content_of(path);
    const auto opened = library_file{path, ""}.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::io_failed);
    EXPECT_EQ(content_of(path), before);
  }
}

// The next version of the program adds a step: what is there stays.
TEST_F(LibraryFile, KeepsItsVideosWhenALaterVersionAddsItsTables) {
  const video kept = make_video("a");
  add(kept);
  file_.reset();
  const auto known = library_schema().steps;
  std::vector<const char*> steps{known.begin(), known.end()};
  steps.push_back("create table later(a)");
  auto db = sqlite::connection::open_writer(path_, {library_schema().application_id, steps}, {});
  ASSERT_TRUE(db) << db.error().what;
  EXPECT_EQ(db->integer("select count(*) from feature_vectors").value(), 256);
  EXPECT_EQ(db->integer("select count(*) from later").value(), 0);
}

}  // namespace
}  // namespace reprise
