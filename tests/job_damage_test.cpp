// The queue of jobs over a jobs.db that is damaged, and over one of an older version.
#include "tests/damaged_pages.hpp"
#include "tests/job_queue_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

class DamagedJobQueue : public job_queue_fixture {
 protected:
  DamagedJobQueue() { EXPECT_TRUE(open()); }
  static std::string great_image(char of) { return std::string(20'000, of); }
  void change_file(const std::function<void(failing_disk::bytes&)>& change) {
    close();
    auto content = disk_.files().at("/data/jobs.db");
    change(content);
    disk_.put_file("/data/jobs.db", content);
    ASSERT_TRUE(open());
  }
  void damage(char of) {
    change_file([of](auto& content) { EXPECT_GE(damage_pages_of(of, content), 3U); });
  }
  // The page itself that the image of this letter is on.
  void damage_leaf(char of) {
    change_file([of](auto& content) { EXPECT_EQ(spoil_leaves_of(of, content), 1U); });
  }
};

TEST_F(DamagedJobQueue, SetsAJobAsideWhoseImageCannotBeRead) {
  ASSERT_TRUE(put("a", "", great_image('a')));
  ASSERT_TRUE(put("b", "", great_image('b')));
  damage('a');
  EXPECT_EQ(take_names(2), (names{"b"}));
  EXPECT_EQ(get("a")->status, job_status::failed);
  EXPECT_EQ(get("a")->error, "storage_failed: the image cannot be read");
  EXPECT_EQ(counts().image_bytes, 20'000U) << "of b alone";
  ASSERT_TRUE(remove("a"));
  EXPECT_FALSE(get("a"));
  ASSERT_TRUE(put("c", "", "c"));
  EXPECT_EQ(take_names(2), (names{"c"}));
}

TEST_F(DamagedJobQueue, EndsJobsWhoseImageIsDamagedMeanwhile) {
  for (const char* each : {"a", "b", "c", "d"}) ASSERT_TRUE(put(each, "", great_image('x')));
  damage('x');
  ASSERT_TRUE(remove("d")) << "before it was tried";
  ASSERT_TRUE(file_->write([](jobs_writing& on) {
    return on.db.execute("update jobs set status = 1, turn = null, take = 1, tries = 5");
  }));
  EXPECT_TRUE(finish({"a", 1}));
  EXPECT_EQ(fail({"b", 1}, "helper_failed: it crashed").value(), job_status::failed);
  ASSERT_TRUE(tend());
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{0, 0, 1, 2}));
  time_.run_for(options_.keep + 1s);
  ASSERT_TRUE(tend());
  EXPECT_EQ(counts(), job_counts{});
}

TEST_F(DamagedJobQueue, GivesNoNumberTwiceWhereAnImageStaysBehind) {
  ASSERT_TRUE(put("a", "", great_image('a')));
  damage('a');
  ASSERT_TRUE(remove("a"));
  ASSERT_TRUE(put("b"));
  EXPECT_EQ(take_names(1), (names{"b"}));
}

TEST_F(DamagedJobQueue, CommitsWhatCameWithOneWhoseImageIsDamaged) {
  ASSERT_TRUE(put("a", "", great_image('a')));
  damage('a');
  int stand = 0;
  const auto told = [&](const outcome<void>& ended) { stand += ended ? 1 : 0; };
  queue_->put({"b", "", "", image_of("b")}, told);
  queue_->remove("a", told);
  queue_->put({"c", "", "", image_of("c")}, told);
  time_.run_ready();
  EXPECT_EQ(stand, 3);
  EXPECT_EQ(take_names(3), (names{"b", "c"}));
}

// A result has no image; where it once was, one that cannot be read may stand now.
TEST_F(DamagedJobQueue, ForgetsResultsBesideAnImageThatCannotBeRead) {
  for (const char* each : {"a", "b", "c"}) ASSERT_TRUE(put(each, "", std::string(3'000, each[0])));
  ASSERT_TRUE(finish(take_one().lease));
  damage_leaf('b');
  time_.run_for(options_.keep + 1s);
  ASSERT_TRUE(tend());
  EXPECT_FALSE(get("a"));
}

// As programs without predictions made it.
class OlderJobsFile : public testing::TestWithParam<std::size_t> {};

TEST_P(OlderJobsFile, IsTakenUpWithItsSessions) {
  failing_disk disk{1};
  const auto key = sha256_of("key"), picture = sha256_of("picture");
  const face_encodings faces{{0.5, 0.25}};
  const session_limits limits;
  {
    const sqlite::schema first{jobs_schema().application_id, jobs_schema().steps.first(GetParam())};
    auto db = sqlite::connection::open_writer("/data/jobs.db", first, {.vfs = disk.name()});
    ASSERT_TRUE(db) << db.error().what;
    session_writing_tables sessions;
    ASSERT_TRUE(sessions.prepare(*db));
    ASSERT_TRUE(sessions.make(key, 1'700'000'000, limits));
    ASSERT_TRUE(sessions.add_image(*db, key, picture, faces, 1'700'000'000, limits));
  }
  jobs_file file{"/data/jobs.db", disk.name()};
  const auto opened = file.open();
  ASSERT_TRUE(opened) << opened.error().what;
  const auto images = file.read([&](jobs_reading& on) { return on.sessions.images(on.db, key); });
  ASSERT_TRUE(images) << images.error().what;
  EXPECT_EQ(images.value(), (std::vector<face_encodings>{faces}));
  const new_job added{"a", "", "name", image_of("image")};
  ASSERT_TRUE(file.write([&](jobs_writing& on) {
    return on.jobs.put(on.db, added, job_bounds{}, 1'700'000'000'000);
  }));
  const auto kept = file.read([](jobs_reading& on) { return on.jobs.get(on.db, "a"); });
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->name, "name");
}

INSTANTIATE_TEST_SUITE_P(Versions, OlderJobsFile, testing::Values(1, 2, 3));

}  // namespace
}  // namespace reprise
