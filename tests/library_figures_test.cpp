// What is learnt of a library, with stand-ins for reprise-train and a library that changes while it
// is read.
#include "host/library/video_training.hpp"

#include <algorithm>
#include <fstream>

#include "host/library/video_pages.hpp"
#include "tests/library_support.hpp"
#include "tests/train_support.hpp"

namespace reprise {
namespace {

// Answers that feature 255 is all, and keeps what it was sent.
std::string answering(const std::string& kept_in) {
  return "cat >" + kept_in +
         "; printf '\\001\\0\\0\\0\\0\\010\\0\\0'; head -c 2040 /dev/zero;"
         "printf '\\0\\0\\0\\0\\0\\0\\360\\077'";
}

video labelled(const std::string& id, const std::string& actual, const std::string& predicted) {
  video made = make_video(id);
  made.actual_label = actual;
  made.predicted_label = predicted;
  return made;
}

class LibraryFigures : public library_fixture {
 protected:
  // Three rows of each label; "never" is predicted only.
  LibraryFigures() {
    for (std::size_t i = 0; i < 9; ++i) {
      add(labelled(named("v", i), named("l", i % 3), i == 0 ? "never" : "l0"));
    }
  }
  [[nodiscard]] std::vector<std::uint32_t> labels_sent() const {
    std::ifstream file{sent_, std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    train::request_reader reader;
    EXPECT_TRUE(reader.take(std::as_bytes(std::span{bytes})));
    const auto request = reader.finish();
    EXPECT_TRUE(request) << request.error().what;
    EXPECT_EQ(request->head.classes, 3U);
    EXPECT_EQ(request->head.features, 256U);
    return {request->labels.begin(), request->labels.end()};
  }

  std::string sent_ = directory_.path() + "/sent";
};

TEST_F(LibraryFigures, SendsTheActualLabelsAndGivesTheGains) {
  const stand_in helper{answering(sent_)};
  std::uint64_t told = 0;
  const auto read = read_library_figures(
      reader(),
      {.directory = directory_.path(), .told = [&](std::uint64_t videos) { told = videos; }});
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->counts, reader().counts({}).value());
  ASSERT_TRUE(read->gains) << read->gains.error().what;
  EXPECT_EQ(greatest_gains(*read->gains, 1), std::vector<std::size_t>{255});
  EXPECT_EQ(labels_sent(), (std::vector<std::uint32_t>{0, 1, 2, 0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(told, 9U);
}

TEST_F(LibraryFigures, SaysWhyThereAreNoGains) {
  setenv("REPRISE_LIBEXEC", "/nowhere", 1);
  const auto read = read_library_figures(reader(), {.directory = directory_.path()});
  unsetenv("REPRISE_LIBEXEC");
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_FALSE(read->gains);
  EXPECT_EQ(read->gains.error().code, errc::helper_missing);
  const auto none =
      read_library_figures(reader(), {.directory = directory_.path(), .tvshow = "none"});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->gains.error().code, errc::data_insufficient);
}

// Adds a video, of a label that is new, before each of the first `changes` visits.
class changing_reader final : public video_reader {
 public:
  changing_reader(video_reader& on, video_writer& by, int changes)
      : on_{on}, by_{by}, changes_{changes} {}
  outcome<std::optional<video>> get(const std::string& id) override { return on_.get(id); }
  outcome<page<video_entry>> list(const video_filter& filter, std::uint32_t limit,
                                  const std::optional<std::string>& cursor) override {
    return on_.list(filter, limit, cursor);
  }
  outcome<void> visit(const video_filter& filter, const std::string& after,
                      const std::function<bool(const video&)>& take) override {
    ++visits;
    if (changes_-- > 0) {
      const std::string name = named("new", visits);
      EXPECT_TRUE(by_.add(labelled(name, visits % 2 == 0 ? name : "l0", "l0")));
    }
    return on_.visit(filter, after, take);
  }
  outcome<label_counts> counts(const std::optional<std::string>& tvshow) override {
    return on_.counts(tvshow);
  }
  outcome<std::uint64_t> count() override { return on_.count(); }
  outcome<std::uint64_t> revision() override { return on_.revision(); }

  std::size_t visits = 0;

 private:
  video_reader& on_;
  video_writer& by_;
  int changes_;
};

TEST_F(LibraryFigures, BeginsAnewWhereTheLibraryChanged) {
  const stand_in helper{answering(sent_)};
  changing_reader changing{reader(), writer(), 1};
  const auto read = read_library_figures(changing, {.directory = directory_.path()});
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE(read->gains) << read->gains.error().what;
  EXPECT_EQ(changing.visits, 2U);
  EXPECT_EQ(read->counts, reader().counts({}).value());
  EXPECT_EQ(labels_sent().size(), 10U);
}

TEST_F(LibraryFigures, EndsThoughTheLibraryChangesAllTheTime) {
  const stand_in helper{answering(sent_)};
  changing_reader changing{reader(), writer(), 1'000};
  const auto read = read_library_figures(changing, {.directory = directory_.path()});
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_FALSE(read->gains);
  EXPECT_EQ(read->gains.error().what, "the library changed while it was read");
}

TEST_F(LibraryFigures, VisitsEveryVideoOncePageByPage) {
  ASSERT_TRUE(
      import(csv_of(make_videos(2 * page_videos, 7)), {.on_conflict = conflict_policy::skip})
          .imported);
  std::vector<video> seen;
  std::vector<std::size_t> sizes;
  ASSERT_TRUE(visit_pages(reader(), {}, [&](std::span<const video> page) -> outcome<void> {
    seen.insert(seen.end(), page.begin(), page.end());
    sizes.push_back(page.size());
    return {};
  }));
  EXPECT_EQ(seen, all());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{page_videos, page_videos}));
  const auto stopped = visit_pages(reader(), {}, [](auto) -> outcome<void> {
    return failure{errc::output_closed, "gone"};
  });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, errc::output_closed);
}

}  // namespace
}  // namespace reprise
