// The rows of a training, out of a library that may change while they are read.
#include "host/library/training_rows.hpp"

#include <algorithm>

#include "host/sha256.hpp"
#include "tests/library_support.hpp"

namespace reprise {
namespace {

// A reader in whose pauses others write.
class disturbed_reader final : public video_reader {
 public:
  explicit disturbed_reader(video_reader& of) : of_{of} {}
  outcome<std::optional<video>> get(const std::string& id) override { return of_.get(id); }
  outcome<page<video_entry>> list(const video_filter& filter, std::uint32_t limit,
                                  const std::optional<std::string>& cursor) override {
    return of_.list(filter, limit, cursor);
  }
  outcome<void> visit(const video_filter& filter, const std::string& after,
                      const std::function<bool(const video&)>& take) override {
    ++visits;
    auto visited = of_.visit(filter, after, take);
    if (disturb) disturb(visits);
    return visited;
  }
  outcome<label_counts> counts(const std::optional<std::string>& tvshow) override {
    return of_.counts(tvshow);
  }
  outcome<std::uint64_t> count() override { return of_.count(); }
  outcome<std::uint64_t> revision() override { return of_.revision(); }

  int visits = 0;
  std::function<void(int)> disturb;  // behind the visit of that number

 private:
  video_reader& of_;
};

struct gathered_row {
  std::uint32_t label;
  double first_feature;
  friend bool operator==(const gathered_row&, const gathered_row&) = default;
};

class TrainingRows : public library_fixture {
 protected:
  outcome<training_rows> gather(const gathering_limits& limits = {},
                                const std::optional<std::string>& tvshow = {}) {
    return training_rows::gather(disturbed, tvshow, directory_.path(), nullptr, limits);
  }
  std::vector<gathered_row> rows_of(training_rows& rows) {
    std::vector<gathered_row> seen;
    const training_table table = rows.table();
    const auto visited = table.visit([&](std::uint32_t label, std::span<const double> features) {
      EXPECT_EQ(features.size(), features_count);
      seen.push_back({label, features[0]});
      return outcome<void>{};
    });
    EXPECT_TRUE(visited) << visited.error().what;
    EXPECT_EQ(seen.size(), table.rows);
    return seen;
  }
  // Its first feature tells it from the others.
  video numbered(const std::string& id, double number, const std::string& label = "advert") {
    video made = make_video(id);
    made.actual_label = label;
    made.features[0] = number;
    return made;
  }
  void add_numbered(int from, int to) {
    for (int i = from; i < to; ++i) add(numbered(named("v", std::uint64_t(i)), i));
  }

  disturbed_reader disturbed{reader()};
};

TEST_F(TrainingRows, AreTheVideosInTheirOrderWithNumberedLabels) {
  add(numbered("b", 2, "promo"));
  add(numbered("a", 1, "trailer"));
  add(numbered("c", 3, "advert"));
  auto rows = gather();
  ASSERT_TRUE(rows) << rows.error().what;
  EXPECT_EQ(rows->labels(), (std::vector<std::string>{"advert", "promo", "trailer"}));
  EXPECT_EQ(rows->table().labels, 3u);
  EXPECT_EQ(rows->table().features, features_count);
  EXPECT_EQ(rows->revision(), static_cast<std::int64_t>(revision()));
  const std::vector<gathered_row> expected = {{2, 1}, {1, 2}, {0, 3}};
  EXPECT_EQ(rows_of(*rows), expected);
  EXPECT_EQ(rows_of(*rows), expected) << "as often as they are asked for";
  EXPECT_EQ(files(), (std::set<std::string>{"library.db", "library.db-shm", "library.db-wal"}));
}

TEST_F(TrainingRows, AreThoseOfOneShow) {
  for (int i = 0; i < 10; ++i) {
    video made = numbered(named("v", std::uint64_t(i)), i, i % 2 == 0 ? "advert" : "promo");
    if (i < 5) made.tvshow = "news";
    add(made);
  }
  auto rows = gather({.page_videos = 2}, "news");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows_of(*rows), (std::vector<gathered_row>{{0, 0}, {1, 1}, {0, 2}, {1, 3}, {0, 4}}));
  EXPECT_EQ(gather({}, "none")->table().rows, 0u);
}

TEST_F(TrainingRows, AreOfTooManyVideosThoseWithTheSmallestHash) {
  add_numbered(0, 300);
  std::vector<std::pair<std::string, double>> by_hash;
  for (const video& each : all()) {
    std::string digest;
    for (const std::byte byte : sha256_of(each.content_id)) digest.insert(0, 1, char(byte));
    // The first eight bytes, the least significant first.
    by_hash.emplace_back(digest.substr(digest.size() - 8), each.features[0]);
  }
  std::sort(by_hash.begin(), by_hash.end(), [](const auto& a, const auto& b) {
    return std::lexicographical_compare(
        a.first.begin(), a.first.end(), b.first.begin(), b.first.end(),
        [](char x, char y) { return std::uint8_t(x) < std::uint8_t(y); });
  });
  for (const std::uint32_t rows_max : {1u, 7u, 299u, 300u, 301u}) {
    std::set<double> expected, chosen;
    for (std::size_t i = 0; i < std::min<std::size_t>(rows_max, 300); ++i) {
      expected.insert(by_hash[i].second);
    }
    auto rows = gather({.rows_max = rows_max, .page_videos = 64});
    ASSERT_TRUE(rows);
    for (const gathered_row& each : rows_of(*rows)) chosen.insert(each.first_feature);
    EXPECT_EQ(chosen, expected) << rows_max;
  }
}

TEST_F(TrainingRows, AreReadAnewWhereTheLibraryChanges) {
  add_numbered(0, 10);
  disturbed.disturb = [&](int visit) {
    if (visit == 2) add(numbered("a", -1));
  };
  auto rows = gather({.page_videos = 4});
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->revision(), static_cast<std::int64_t>(revision()));
  const auto seen = rows_of(*rows);
  ASSERT_EQ(seen.size(), 11u);
  EXPECT_EQ(seen[0].first_feature, -1);
  EXPECT_EQ(disturbed.visits, 2 + 3);
}

TEST_F(TrainingRows, AreReadAtOnceWhereTheLibraryGoesOnChanging) {
  add_numbered(10, 20);
  disturbed.disturb = [&](int visit) { add(numbered(named("a", std::uint64_t(visit)), visit)); };
  auto rows = gather({.page_videos = 4, .attempts_max = 3});
  ASSERT_TRUE(rows);
  EXPECT_EQ(disturbed.visits, 4) << "three first pages, and all of it";
  EXPECT_EQ(rows->table().rows, 13u) << "what there was when the last reading began";
  EXPECT_EQ(count(), 14u);
  EXPECT_EQ(rows->revision(), static_cast<std::int64_t>(revision()) - 1);
}

TEST_F(TrainingRows, AreGivenUpWhenTheServiceStops) {
  add_numbered(0, 3);
  const auto cancel = std::move(make_cancel_signal().value());
  cancel->cancel();
  const auto rows = training_rows::gather(reader(), {}, directory_.path(), cancel.get());
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, errc::stopping);
}

TEST_F(TrainingRows, NeedAPlaceForTheirFile) {
  const auto rows = training_rows::gather(reader(), {}, directory_.path() + "/none");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, errc::io_failed);
}

}  // namespace
}  // namespace reprise
