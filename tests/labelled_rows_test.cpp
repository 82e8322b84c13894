// The nearest videos, and the library that they are read from.
#include "host/predictions/labelled_rows.hpp"

#include <cmath>
#include <future>
#include <numeric>

#include "host/predictions/labelled_library.hpp"
#include "host/simulated_time.hpp"
#include "tests/library_support.hpp"

namespace reprise {
namespace {

picture_descriptor any_direction(std::mt19937_64& random) {
  std::normal_distribution<double> draw;
  picture_descriptor made;
  for (double& each : made) each = draw(random);
  return made;
}

picture_descriptor axis(std::size_t at, double length = 1) {
  picture_descriptor made{};
  made[at] = length;
  return made;
}

std::vector<std::uint32_t> rows_of(const std::vector<labelled_rows::neighbour>& nearest) {
  std::vector<std::uint32_t> rows;
  for (const auto& each : nearest) rows.push_back(each.row);
  return rows;
}

TEST(LabelledRows, AreFoundByTheirCosineTheNearestFirst) {
  std::mt19937_64 random{11};
  std::vector<picture_descriptor> all;
  labelled_rows rows;
  for (int i = 0; i < 500; ++i) {
    all.push_back(any_direction(random));
    ASSERT_TRUE(rows.add("label", all.back()));
  }
  for (int i = 0; i < 20; ++i) {
    const auto query = any_direction(random);
    const auto cosine = [&](std::uint32_t row) {
      const auto& other = all[row];
      const double lengths = std::inner_product(query.begin(), query.end(), query.begin(), 0.0) *
                             std::inner_product(other.begin(), other.end(), other.begin(), 0.0);
      return std::inner_product(query.begin(), query.end(), other.begin(), 0.0) /
             std::sqrt(lengths);
    };
    std::vector<std::uint32_t> order(all.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return cosine(a) > cosine(b); });
    order.resize(7);
    const auto found = rows.nearest(query, 7);
    EXPECT_EQ(rows_of(found), order);
    for (const auto& each : found) EXPECT_NEAR(each.similarity, cosine(each.row), 1e-6);
  }
}

TEST(LabelledRows, OfEqualOnesGiveTheFirst) {
  labelled_rows rows;
  for (const double length : {1.0, 3.0, 0.5, 1e300, 1e-300}) {
    ASSERT_TRUE(rows.add("same", axis(3, length)));
  }
  ASSERT_TRUE(rows.add("other", axis(4)));
  EXPECT_EQ(rows_of(rows.nearest(axis(3), 3)), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(rows.nearest(axis(3), 5).back().similarity, 1.0F) << "whatever the length";
  EXPECT_EQ(rows.nearest(axis(3), 50).size(), 6U) << "no more than there are";
}

TEST(LabelledRows, LeaveOutWhatHasNoDirection) {
  labelled_rows rows;
  EXPECT_FALSE(rows.add("zero", {}));
  EXPECT_TRUE(rows.add("other", axis(0)));
  EXPECT_EQ(rows.size(), 1U);
}

TEST(LabelledRows, VoteForTheLabelOfMostAndSayItsShare) {
  labelled_rows rows;
  for (const char* label : {"advert", "promo", "promo", "film"}) {
    ASSERT_TRUE(rows.add(label, axis(1)));
  }
  EXPECT_EQ(vote(rows, rows.nearest(axis(1), 4)), (classification{"promo", 0.5}));
  EXPECT_EQ(vote(rows, rows.nearest(axis(1), 1)), (classification{"advert", 1}));
}

TEST(LabelledRows, OfEqualVotesTakeTheLabelThatHasTheNearest) {
  labelled_rows rows;
  auto near = axis(1);
  near[2] = 0.1;
  ASSERT_TRUE(rows.add("far", axis(2)));
  ASSERT_TRUE(rows.add("far", axis(2)));
  ASSERT_TRUE(rows.add("near", near));
  ASSERT_TRUE(rows.add("near", near));
  EXPECT_EQ(vote(rows, rows.nearest(axis(1), 4)), (classification{"near", 0.5}));
}

// A reader of which a test sees each reading begin.
class watched_reader final : public video_reader {
 public:
  watched_reader(std::unique_ptr<video_reader> from, std::function<void()> begun)
      : from_{std::move(from)}, begun_{std::move(begun)} {}
  outcome<std::optional<video>> get(const std::string& content_id) override {
    return from_->get(content_id);
  }
  outcome<page<video_entry>> list(const video_filter& filter, std::uint32_t limit,
                                  const std::optional<std::string>& cursor) override {
    return from_->list(filter, limit, cursor);
  }
  outcome<void> visit(const video_filter& filter, const std::string& after,
                      const std::function<bool(const video&)>& take) override {
    return from_->visit(filter, after, take);
  }
  outcome<label_counts> counts(const std::optional<std::string>& tvshow) override {
    return from_->counts(tvshow);
  }
  outcome<std::uint64_t> count() override {
    begun_();
    return from_->count();
  }
  outcome<std::uint64_t> revision() override { return from_->revision(); }

 private:
  std::unique_ptr<video_reader> from_;
  std::function<void()> begun_;
};

class LabelledLibrary : public library_fixture {
 protected:
  void add_axis(const std::string& content_id, const std::string& label, std::size_t at) {
    video added;
    added.content_id = content_id;
    added.actual_label = label;
    added.predicted_label = "x";
    added.features = axis(at);
    add(added);
  }
  std::string label_near(std::size_t at) {
    const auto rows = library_.current();
    EXPECT_TRUE(rows) << rows.error().what;
    return vote(**rows, (*rows)->nearest(axis(at), 1)).label;
  }
  labelled_library make(std::uint64_t videos_max, const cancel_signal* cancel = nullptr) {
    return {make_video_reader(*file_), time_.clock(), cancel, videos_max};
  }

  simulated_scheduler time_{wall_time{}};
  labelled_library library_{make_video_reader(*file_), time_.clock()};
};

TEST_F(LabelledLibrary, IsReadAnewWhenItHasChanged) {
  add_axis("a", "advert", 0);
  EXPECT_EQ(label_near(1), "advert");
  add_axis("b", "promo", 1);
  EXPECT_EQ(label_near(1), "promo");
  ASSERT_TRUE(writer().remove("b"));
  EXPECT_EQ(label_near(1), "advert");
  const auto before = library_.current().value();
  EXPECT_EQ(library_.current().value(), before) << "and only then";
  EXPECT_EQ(library_.rows(), 1U);
}

TEST_F(LabelledLibrary, GoesByTheOrderOfTheContentIdsWhereVideosAreEqual) {
  add_axis("b", "second", 0);
  add_axis("a", "first", 0);
  EXPECT_EQ(label_near(0), "first");
}

TEST_F(LabelledLibrary, HasMoreThanAPage) {
  import(csv_of(make_videos(700)));
  EXPECT_EQ((*library_.current())->size(), 700U);
}

TEST_F(LabelledLibrary, IsEmptyWhereNoVideoHasADirection) {
  EXPECT_EQ((*library_.current())->size(), 0U);
  video zero;
  zero.content_id = "zero";
  zero.actual_label = zero.predicted_label = "x";
  add(zero);
  EXPECT_EQ((*library_.current())->size(), 0U);
}

TEST_F(LabelledLibrary, RefusesMoreVideosThanItHolds) {
  for (std::size_t i = 0; i < 4; ++i) add_axis("v" + std::to_string(i), "x", i);
  labelled_library small = make(3);
  const auto refused = small.current();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::parameter_out_of_range);
  EXPECT_EQ(refused.error().what, "the library has more videos than the 3 that are searched");
  ASSERT_TRUE(writer().remove("v0"));
  EXPECT_TRUE(small.current());
}

TEST_F(LabelledLibrary, IsReadForAnEleventhOfTheTimeAtMost) {
  using namespace std::chrono_literals;
  int readings = 0;
  const auto takes_a_second = [&] {
    ++readings;
    time_.run_for(1s);
  };
  labelled_library slow{std::make_unique<watched_reader>(make_video_reader(*file_), takes_a_second),
                        time_.clock()};
  add_axis("a", "x", 0);
  EXPECT_EQ((*slow.current())->size(), 1U);
  add_axis("b", "x", 1);
  time_.run_for(10s - 1ns);
  EXPECT_EQ((*slow.current())->size(), 1U) << "for ten times as long as it took to be read";
  EXPECT_EQ(readings, 1);
  time_.run_for(1ns);
  EXPECT_EQ((*slow.current())->size(), 2U);
  EXPECT_EQ(readings, 2);
  time_.run_for(1h);
  EXPECT_EQ((*slow.current())->size(), 2U);
  EXPECT_EQ(readings, 2) << "nothing has changed";
  add_axis("c", "x", 2);
  EXPECT_EQ((*slow.current())->size(), 3U) << "at once where the last reading is long ago";
}

TEST_F(LabelledLibrary, TellsItsRowsWhileItIsRead) {
  labelled_library* read = nullptr;
  std::future<std::size_t> told;  // ends behind current(), whatever it waits for
  const auto ask = [&] {
    told = std::async(std::launch::async, [&] { return read->rows(); });
    EXPECT_EQ(told.wait_for(std::chrono::seconds{20}), std::future_status::ready);
  };
  labelled_library watched{std::make_unique<watched_reader>(make_video_reader(*file_), ask),
                           time_.clock()};
  read = &watched;
  add_axis("a", "x", 0);
  ASSERT_TRUE(watched.current());
  EXPECT_EQ(told.get(), 0U);
  add_axis("b", "x", 1);
  ASSERT_TRUE(watched.current());
  EXPECT_EQ(told.get(), 1U) << "of the reading before";
  EXPECT_EQ(watched.rows(), 2U);
}

TEST_F(LabelledLibrary, EndsAReadingThatIsCancelled) {
  add_axis("a", "x", 0);
  const auto cancel = make_cancel_signal().value();
  labelled_library cancelled = make(10, cancel.get());
  cancel->cancel();
  EXPECT_EQ(cancelled.current().error().code, errc::stopping);
}

}  // namespace
}  // namespace reprise
