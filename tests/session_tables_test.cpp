// The image sessions' tables, over jobs.db on a disk in memory.
#include "host/sessions/session_tables.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <optional>

#include "host/jobs/jobs_file.hpp"
#include "tests/failing_disk.hpp"

namespace reprise {
namespace {

constexpr std::int64_t begin = 1'700'000'000;

sha256_digest digest(std::uint64_t number) {
  return sha256_of("number " + std::to_string(number));
}

face_encodings faces_of(double first, std::size_t numbers = 3) {
  return {std::vector<double>(numbers, first), std::vector<double>(numbers, -first)};
}

class SessionTables : public testing::Test {
 protected:
  SessionTables() { open(); }

  void open() {
    file_.emplace("/data/jobs.db", disk_.name());
    const auto opened = file_->open();
    ASSERT_TRUE(opened) << opened.error().what;
  }
  template <typename Work>
  auto write(Work work) {
    return file_->write([&](jobs_writing& on) { return work(on.sessions, on.db); });
  }
  // "" where it is done.
  std::string word(const outcome<void>& ended) {
    if (ended) return "";
    switch (ended.error().code) {
      case errc::not_found:
        return "unknown";
      case errc::data_conflict:
        return "full";
      default:
        return ended.error().what;
    }
  }
  std::string make(std::uint64_t key) {
    return word(write([&](auto& on, auto&) { return on.make(digest(key), now_, limits_); }));
  }
  std::string add(std::uint64_t key, std::uint64_t picture) {
    const auto faces = faces_of(static_cast<double>(picture));
    return word(write([&](auto& on, auto& db) {
      return on.add_image(db, digest(key), digest(picture), faces, now_, limits_);
    }));
  }
  std::string clear(std::uint64_t key) {
    return word(write([&](auto& on, auto&) { return on.clear(digest(key), now_, limits_); }));
  }
  std::string touch(std::uint64_t key) {
    return word(write([&](auto& on, auto&) { return on.touch(digest(key), now_, limits_); }));
  }
  std::int64_t expire() {
    const auto done = write([&](auto& on, auto&) { return on.expire(now_, limits_); });
    EXPECT_TRUE(done) << done.error().what;
    return done.value();
  }
  std::optional<std::int64_t> images(std::uint64_t key) {
    const auto found =
        file_->read([&](jobs_reading& on) { return on.sessions.find(digest(key), now_, limits_); });
    EXPECT_TRUE(found || found.error().code == errc::not_found);
    return found ? std::optional{found->images} : std::nullopt;
  }
  // The first number of each image's first face.
  std::vector<double> summary(std::uint64_t key) {
    const auto read =
        file_->read([&](jobs_reading& on) { return on.sessions.images(on.db, digest(key)); });
    EXPECT_TRUE(read) << read.error().what;
    std::vector<double> firsts;
    for (const auto& faces : *read) firsts.push_back(faces.at(0).at(0));
    return firsts;
  }
  bool knows(std::uint64_t picture) {
    const auto read =
        file_->read([&](jobs_reading& on) { return on.sessions.picture(on.db, digest(picture)); });
    EXPECT_TRUE(read) << read.error().what;
    return read->has_value();
  }
  session_totals totals() {
    const auto read = file_->read([](jobs_reading& on) { return on.sessions.totals(); });
    EXPECT_TRUE(read) << read.error().what;
    return *read;
  }
  std::int64_t rows(const std::string& table) {
    const auto read = file_->read([&](jobs_reading& on) -> outcome<std::int64_t> {
      const auto count = on.db.integer("select count(*) from " + table);
      if (!count) return count.error();
      return count->value_or(-1);
    });
    return read.value();
  }

  failing_disk disk_{1};
  std::optional<jobs_file> file_;
  std::int64_t now_ = begin;
  session_limits limits_;
};

TEST_F(SessionTables, ShowImagesInTheOrderOfTheirUploadWithRepeatedOnes) {
  EXPECT_EQ(make(1), "");
  for (const std::uint64_t picture : {7, 3, 7, 5}) EXPECT_EQ(add(1, picture), "");
  EXPECT_EQ(images(1), 4);
  EXPECT_EQ(summary(1), (std::vector<double>{7, 3, 7, 5}));
  EXPECT_EQ(rows("pictures"), 3);
  EXPECT_EQ(totals(), (session_totals{1, 3}));
}

TEST_F(SessionTables, TakeNoImageBeyondTheirMost) {
  EXPECT_EQ(make(1), "");
  for (std::uint64_t picture = 0; picture < 5; ++picture) EXPECT_EQ(add(1, picture), "");
  EXPECT_EQ(add(1, 0), "full");
  EXPECT_EQ(add(1, 99), "full");
  EXPECT_FALSE(knows(99));
  limits_.images_max = 6;
  EXPECT_EQ(add(1, 0), "");
  EXPECT_EQ(images(1), 6);
}

TEST_F(SessionTables, KeepTheSessionAndThePictureWhenTheyAreCleared) {
  EXPECT_EQ(make(1), "");
  EXPECT_EQ(make(2), "");
  EXPECT_EQ(add(1, 7), "");
  EXPECT_EQ(add(1, 8), "");
  EXPECT_EQ(add(2, 7), "");
  EXPECT_EQ(clear(1), "");
  EXPECT_EQ(images(1), 0);
  EXPECT_TRUE(summary(1).empty());
  EXPECT_EQ(summary(2), std::vector<double>{7});
  EXPECT_EQ(add(1, 9), "");
  EXPECT_EQ(summary(1), std::vector<double>{9});
  EXPECT_TRUE(knows(8));
}

TEST_F(SessionTables, AreUnknownWithoutTheirKey) {
  EXPECT_EQ(make(1), "");
  EXPECT_EQ(images(2), std::nullopt);
  EXPECT_EQ(add(2, 1), "unknown");
  EXPECT_EQ(clear(2), "unknown");
  EXPECT_EQ(touch(2), "unknown");
  EXPECT_FALSE(knows(1));
}

TEST_F(SessionTables, EndBehindTheirLastUseWhetherOrNotTheyAreRemovedYet) {
  EXPECT_EQ(make(1), "");
  EXPECT_EQ(make(2), "");
  EXPECT_EQ(add(1, 7), "");
  now_ += limits_.keep_seconds - 1;
  EXPECT_EQ(touch(2), "");
  now_ += 1;
  EXPECT_EQ(images(1), std::nullopt);
  EXPECT_EQ(add(1, 8), "unknown");
  EXPECT_EQ(clear(1), "unknown");
  EXPECT_EQ(rows("sessions"), 2);
  EXPECT_EQ(expire(), 1);
  EXPECT_EQ(rows("sessions"), 1);
  EXPECT_EQ(rows("session_images"), 0);
  EXPECT_EQ(images(2), 0);
  EXPECT_EQ(totals(), (session_totals{1, 1}));
  EXPECT_EQ(add(2, 7), "");
  now_ += limits_.keep_seconds - 1;
  EXPECT_EQ(images(2), 1) << "an upload is a use";
}

TEST_F(SessionTables, AreNotShortenedByAClockThatStepsBack) {
  EXPECT_EQ(make(1), "");
  now_ -= 1'000;
  EXPECT_EQ(touch(1), "");
  now_ += 1'000 + limits_.keep_seconds - 1;
  EXPECT_EQ(images(1), 0);
}

TEST_F(SessionTables, GoInSteps) {
  for (std::uint64_t key = 0; key < 250; ++key) EXPECT_EQ(make(key), "");
  now_ += limits_.keep_seconds;
  EXPECT_EQ(expire(), 100);
  EXPECT_EQ(expire(), 100);
  EXPECT_EQ(expire(), 50);
  EXPECT_EQ(expire(), 0);
  EXPECT_EQ(totals(), (session_totals{0, 0}));
}

TEST_F(SessionTables, AreNoMoreThanTheirMostAndMakeRoomWhenTheirTimeHasPassed) {
  limits_.sessions_max = 3;
  for (std::uint64_t key = 0; key < 3; ++key) EXPECT_EQ(make(key), "");
  EXPECT_EQ(make(3), "full");
  EXPECT_EQ(images(3), std::nullopt);
  now_ += limits_.keep_seconds;
  EXPECT_EQ(make(4), "");
  EXPECT_EQ(images(4), 0);
  EXPECT_EQ(totals().sessions, 1);
}

TEST_F(SessionTables, DropThePicturesThatWereUsedLongestAgoAndNoneThatASessionHas) {
  limits_.pictures_max = 3;
  EXPECT_EQ(make(1), "");
  EXPECT_EQ(make(2), "");
  EXPECT_EQ(add(1, 0), "");
  for (std::uint64_t picture = 1; picture < 5; ++picture) {
    ++now_;
    EXPECT_EQ(add(2, picture), "");
  }
  EXPECT_EQ(expire(), 0) << "sessions have them all";
  EXPECT_EQ(totals().pictures, 5);
  EXPECT_EQ(clear(2), "");
  ++now_;
  EXPECT_EQ(add(2, 1), "");
  EXPECT_EQ(clear(2), "") << "and so 1 is used last";
  EXPECT_EQ(expire(), 2);
  EXPECT_TRUE(knows(0));
  EXPECT_TRUE(knows(1));
  EXPECT_FALSE(knows(2));
  EXPECT_FALSE(knows(3));
  EXPECT_TRUE(knows(4));
  EXPECT_EQ(rows("picture_encodings"), 3);
  EXPECT_EQ(totals().pictures, 3);
}

TEST_F(SessionTables, DropPicturesThatNobodyHasUsedForLong) {
  EXPECT_EQ(make(1), "");
  EXPECT_EQ(add(1, 1), "");
  EXPECT_EQ(clear(1), "");
  now_ += limits_.pictures_keep_seconds - 1;
  EXPECT_EQ(expire(), 1) << "the session";
  EXPECT_TRUE(knows(1));
  now_ += 1;
  EXPECT_EQ(expire(), 1);
  EXPECT_FALSE(knows(1));
  EXPECT_EQ(totals(), (session_totals{0, 0}));
}

TEST_F(SessionTables, GiveEncodingsBackToTheBitAfterAPowerCut) {
  using number = std::numeric_limits<double>;
  const face_encodings remarkable = {
      {0.0, -0.0, 0.1, number::denorm_min(), number::max(), number::lowest(), 1e22, -3.0}};
  EXPECT_EQ(make(1), "");
  EXPECT_EQ(word(write([&](auto& on, auto& db) {
              return on.add_image(db, digest(1), digest(7), remarkable, now_, limits_);
            })),
            "");
  EXPECT_EQ(add(1, 8), "");
  disk_.cut_power(1);
  file_.reset();
  disk_.restart(survival::synced);
  open();
  EXPECT_EQ(images(1), 2);
  const auto read =
      file_->read([&](jobs_reading& on) { return on.sessions.picture(on.db, digest(7)); });
  ASSERT_TRUE(read && *read);
  ASSERT_EQ((*read)->size(), 1U);
  for (std::size_t i = 0; i < remarkable[0].size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>((**read)[0][i]),
              std::bit_cast<std::uint64_t>(remarkable[0][i]));
  }
}

TEST_F(SessionTables, CountNothingOfAnUploadThatTheDiskRefuses) {
  EXPECT_EQ(make(1), "");
  EXPECT_EQ(add(1, 1), "");
  disk_.fail(disk_operation::sync, 1);
  EXPECT_NE(add(1, 2), "");
  EXPECT_EQ(images(1), 1);
  EXPECT_FALSE(knows(2));
  EXPECT_EQ(totals(), (session_totals{1, 1}));
  EXPECT_EQ(add(1, 2), "");
  EXPECT_EQ(summary(1), (std::vector<double>{1, 2}));
}

TEST_F(SessionTables, TellARowThatMakesNoSense) {
  EXPECT_EQ(make(1), "");
  EXPECT_EQ(add(1, 1), "");
  EXPECT_EQ(word(write([](auto&, sqlite::connection& db) {
              return db.execute("update picture_encodings set encodings = x'010203'");
            })),
            "");
  const auto read =
      file_->read([&](jobs_reading& on) { return on.sessions.picture(on.db, digest(1)); });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::io_failed);
  EXPECT_NE(read.error().what.find("jobs.db"), std::string::npos);
}

}  // namespace
}  // namespace reprise
