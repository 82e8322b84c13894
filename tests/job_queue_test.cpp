// The queue of jobs over jobs.db: its order, its leases, its bounds.
#include <map>
#include <set>

#include "tests/job_queue_support.hpp"

namespace reprise {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

class JobQueue : public job_queue_fixture {
 protected:
  JobQueue() {
    options_.bounds = {.jobs_max = 2'000, .bytes_max = 1'000'000, .tries_max = 5};
    options_.keep = 3'600s;
    EXPECT_TRUE(open());
  }
};

TEST_F(JobQueue, KeepsWhatWasPutThroughAPowerCut) {
  ASSERT_TRUE(put("a", "", "the very bytes"));
  disk_.cut_power(1);
  restart();
  const auto kept = get("a");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->status, job_status::queued);
  EXPECT_EQ(kept->name, "name of a");
  EXPECT_EQ(text_of(take_one().image), "the very bytes");
}

TEST_F(JobQueue, TakesTheJobsOfOneOwnerInTheOrderOfTheirComing) {
  for (const char* each : {"a", "b", "c", "d"}) ASSERT_TRUE(put(each));
  EXPECT_EQ(take_names(3), (names{"a", "b", "c"}));
  EXPECT_EQ(take_names(3), (names{"d"}));
  EXPECT_EQ(take_names(3), (names{}));
}

TEST_F(JobQueue, LetsAThousandJobsOfOneOwnerNotHoldUpAnothersFirst) {
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(put("many" + std::to_string(i), "a"));
  EXPECT_EQ(take_names(3), (names{"many0", "many1", "many2"}));
  ASSERT_TRUE(put("other0", "b"));
  ASSERT_TRUE(put("other1", "b"));
  ASSERT_TRUE(put("third0", "c"));
  EXPECT_EQ(take_names(6), (names{"many3", "other0", "third0", "many4", "other1", "many5"}));
}

// Each of the six sends its next picture as soon as the one before has been taken.
TEST_F(JobQueue, LetsOwnersOfOneJobAtATimeNotHoldUpABacklog) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put("many" + std::to_string(i), "a"));
  for (const char* each : {"b", "c", "d", "e", "f", "g"}) ASSERT_TRUE(put(each, each));
  std::map<std::string, int> taken;
  for (int i = 0; i < 70; ++i) {
    const auto next = take_one();
    const std::string owner = next.lease.uuid.substr(0, 1);
    ++taken[owner];
    if (owner != "m") {
      ASSERT_TRUE(put(owner + std::to_string(i), owner));
    }
  }
  for (const auto& [owner, count] : taken) EXPECT_EQ(count, 10) << owner;
  EXPECT_EQ(taken.size(), 7U);
}

TEST_F(JobQueue, LetsABacklogNotHoldUpAnOwnerOfOneJobAtATime) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put("many" + std::to_string(i), "a"));
  ASSERT_TRUE(put("b0", "b"));
  for (int i = 1; i <= 8; ++i) {
    const auto pair = take_names(2);
    ASSERT_EQ(pair.size(), 2U);
    EXPECT_EQ(pair[0].front(), 'm');
    EXPECT_EQ(pair[1], "b" + std::to_string(i - 1));
    ASSERT_TRUE(put("b" + std::to_string(i), "b"));
  }
}

TEST_F(JobQueue, HoldsNothingAgainstAnOwnerWhoseJobsWereRemoved) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put("many" + std::to_string(i), "a"));
  EXPECT_EQ(take_names(1), (names{"many0"}));
  for (int i = 1; i < 20; ++i) ASSERT_TRUE(remove("many" + std::to_string(i)));
  ASSERT_TRUE(put("b0", "b"));
  ASSERT_TRUE(put("b1", "b"));
  ASSERT_TRUE(put("a0", "a"));
  EXPECT_EQ(take_names(3), (names{"b0", "b1", "a0"})) << "its first was taken a turn ago";
}

TEST_F(JobQueue, ForgetsOwnersBehindTheirTurn) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(put("job" + std::to_string(i), std::to_string(i)));
  EXPECT_EQ(take(50).value().size(), 50U);
  const auto owners = [&] {
    return file_
        ->read([](jobs_reading& on) -> outcome<std::int64_t> {
          return (*on.db.integer("select count(*) from job_owners")).value();
        })
        .value();
  };
  EXPECT_EQ(owners(), 50);
  ASSERT_TRUE(put("again", "0"));
  EXPECT_EQ(take_names(1), (names{"again"}));
  EXPECT_EQ(owners(), 1);
}

TEST_F(JobQueue, DropsTheImageWithTheResult) {
  ASSERT_TRUE(put("a", "", "12345"));
  EXPECT_EQ(counts().image_bytes, 5U);
  const auto taken = take_one();
  EXPECT_EQ(counts().image_bytes, 5U);
  ASSERT_TRUE(finish(taken.lease, "advert"));
  EXPECT_EQ(counts().image_bytes, 0U);
  const auto kept = get("a");
  EXPECT_EQ(kept->status, job_status::done);
  EXPECT_EQ(kept->result, (classification{"advert", 0.75}));
  const auto images = file_->read([](jobs_reading& on) -> outcome<std::int64_t> {
    return (*on.db.integer("select count(*) from job_images")).value();
  });
  EXPECT_EQ(images.value(), 0);
}

TEST_F(JobQueue, TakesAResultOnlyUnderTheCurrentLease) {
  ASSERT_TRUE(put("a"));
  const auto first = take_one();
  time_.run_for(lease_ + 1ms);
  ASSERT_TRUE(tend());
  const auto second = take_one();
  EXPECT_EQ(second.lease.uuid, "a");
  EXPECT_EQ(second.tries, 2U);
  EXPECT_EQ(finish(first.lease).error().code, errc::data_conflict);
  EXPECT_EQ(fail(first.lease, "late").error().code, errc::data_conflict);
  EXPECT_EQ(give_back(first.lease).error().code, errc::data_conflict);
  ASSERT_TRUE(finish(second.lease, "promo"));
  EXPECT_EQ(finish(second.lease, "advert").error().code, errc::data_conflict);
  EXPECT_EQ(get("a")->result->label, "promo");
}

TEST_F(JobQueue, LetsALeaseThatIsExtendedGoOn) {
  ASSERT_TRUE(put("a"));
  const auto taken = take_one();
  time_.run_for(lease_ - 1ms);
  ASSERT_TRUE(ask<void>([&](auto& on, auto told) { on.extend(taken.lease, lease_, told); }));
  time_.run_for(lease_ - 1ms);
  ASSERT_TRUE(tend());
  EXPECT_TRUE(finish(taken.lease));
}

TEST_F(JobQueue, VoidsLeasesAtTheNextStartAtOnceAndCountsTheirTries) {
  ASSERT_TRUE(put("a"));
  for (std::uint32_t tries = 1; tries <= 5; ++tries) {
    EXPECT_EQ(take_one().tries, tries);
    restart();
  }
  EXPECT_EQ(take_names(1), (names{}));
  const auto ended = get("a");
  EXPECT_EQ(ended->status, job_status::failed);
  EXPECT_EQ(ended->tries, 5U);
  EXPECT_EQ(ended->error, "interrupted: the service ended while it was being tried");
}

TEST_F(JobQueue, RetriesBehindAWaitThatDoublesAndSetsAPoisonJobAside) {
  ASSERT_TRUE(put("poison"));
  auto wait = 1'000ms;
  for (int tries = 1; tries < 5; ++tries, wait *= 2) {
    EXPECT_EQ(fail(take_one().lease, "helper_failed: it fell over").value(), job_status::queued);
    EXPECT_EQ(get("poison")->error, "helper_failed: it fell over");
    time_.run_for(wait - 1ms);
    EXPECT_EQ(take_names(1), (names{})) << tries;
    time_.run_for(1ms);
  }
  EXPECT_EQ(fail(take_one().lease, "helper_failed: again").value(), job_status::failed);
  const auto ended = get("poison");
  EXPECT_EQ(ended->status, job_status::failed);
  EXPECT_EQ(ended->error, "helper_failed: again");
  EXPECT_EQ(counts().image_bytes, 0U);
}

TEST_F(JobQueue, TakesUpToHalfOffTheWaitByChance) {
  close();
  random_ = make_seeded_random(7);
  ASSERT_TRUE(open());
  std::set<std::int64_t> waits;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(put("job" + std::to_string(i)));
    ASSERT_TRUE(fail(take_one().lease, "again"));
    std::int64_t waited = 0;
    for (; take(1).value().empty(); ++waited) time_.run_for(1ms);
    EXPECT_GE(waited, 500);
    EXPECT_LE(waited, 1'000);
    waits.insert(waited);
  }
  EXPECT_GT(waits.size(), 10U);
}

TEST_F(JobQueue, FailsForGoodWithoutAnotherTry) {
  ASSERT_TRUE(put("a"));
  EXPECT_EQ(fail(take_one().lease, "picture_invalid: no JPEG", true).value(), job_status::failed);
  EXPECT_EQ(get("a")->tries, 1U);
}

TEST_F(JobQueue, CountsNoTryForWhatIsGivenBackAndTakesItNext) {
  for (const char* each : {"a", "b", "c"}) ASSERT_TRUE(put(each));
  const auto taken = take_one();
  ASSERT_TRUE(give_back(taken.lease));
  const auto again = take_one();
  EXPECT_EQ(again.lease.uuid, "a");
  EXPECT_EQ(again.tries, 1U);
  EXPECT_EQ(finish(taken.lease).error().code, errc::data_conflict);
}

TEST_F(JobQueue, CountsNoTryForWhatIsPostponedAndTakesItBehindItsOwnersOthers) {
  for (const char* each : {"a", "b", "c"}) ASSERT_TRUE(put(each, "one"));
  ASSERT_TRUE(put("other", "two"));
  const auto taken = take_one();
  ASSERT_TRUE(postpone(taken.lease));
  EXPECT_EQ(take_names(3), (names{"other", "b", "c"}));
  const auto again = take_one();
  EXPECT_EQ(again.lease.uuid, "a");
  EXPECT_EQ(again.tries, 1U);
  EXPECT_EQ(postpone(taken.lease).error().code, errc::data_conflict);
}

TEST_F(JobQueue, TellsWhichJobsEndedElsewhereThanWithWhomTheyWereTaken) {
  ASSERT_TRUE(put("a"));
  ASSERT_TRUE(put("b"));
  for (int tries = 1; tries < 5; ++tries) {
    EXPECT_EQ(take(2)->size(), 2U);
    time_.run_for(lease_ + 1ms);
    const auto tended = tend();
    ASSERT_EQ(tended->changed.size(), 2U);
    EXPECT_EQ(tended->changed[0].status, job_status::queued);
    EXPECT_EQ(tended->changed[0].error, "timeout: the try did not end in time");
  }
  EXPECT_EQ(take_one().lease.uuid, "a");
  make_queue();
  const auto started = ask<std::vector<job>>([](auto& on, auto told) { on.start(told); });
  ASSERT_EQ(started->size(), 1U);
  EXPECT_EQ(started->front(), get("a"));
  EXPECT_EQ(started->front().status, job_status::failed);
  ASSERT_TRUE(file_->write(
      [](jobs_writing& on) { return on.db.execute("delete from job_images where job = 2"); }));
  const auto taken = ask<jobs_taken>([&](auto& on, auto told) { on.take(2, lease_, told); });
  EXPECT_TRUE(taken->jobs.empty());
  ASSERT_EQ(taken->failed.size(), 1U);
  EXPECT_EQ(taken->failed.front(), get("b"));
}

TEST_F(JobQueue, EndsALeaseInTimeWhenTheClockIsSetBack) {
  ASSERT_TRUE(put("a"));
  (void)take_one();
  time_.step_wall(-3'600s);
  ASSERT_TRUE(tend());
  time_.run_for(lease_ - 1ms);
  ASSERT_TRUE(tend());
  EXPECT_EQ(get("a")->status, job_status::running);
  time_.run_for(1ms);
  ASSERT_TRUE(tend());
  EXPECT_EQ(get("a")->status, job_status::queued);
}

TEST_F(JobQueue, RefusesMoreJobsAndMoreBytesThanItMayHold) {
  close();
  options_.bounds = {.jobs_max = 3, .bytes_max = 100, .tries_max = 5};
  ASSERT_TRUE(open());
  EXPECT_EQ(put("great", "", std::string(101, 'x')).error().code, errc::overloaded);
  ASSERT_TRUE(put("a", "", std::string(60, 'x')));
  EXPECT_EQ(put("b", "", std::string(41, 'x')).error().code, errc::overloaded);
  ASSERT_TRUE(put("b", "", std::string(40, 'x')));
  const auto taken = take_one();
  EXPECT_EQ(put("c", "", "x").error().code, errc::overloaded) << "what runs is held, too";
  ASSERT_TRUE(finish(taken.lease));
  ASSERT_TRUE(put("c", "", "x"));
  ASSERT_TRUE(put("d", "", "x"));
  EXPECT_EQ(put("e", "", "x").error().code, errc::overloaded);
  EXPECT_EQ(counts().jobs, (std::array<std::uint64_t, 4>{3, 0, 1, 0}));
}

TEST_F(JobQueue, RefusesImagesBeyondWhatMayWaitForTheDisk) {
  close();
  options_.bounds.bytes_max = std::uint64_t{1} << 30;
  ASSERT_TRUE(open());
  const auto image = image_of(std::string(16 << 20, 'x'));
  int stand = 0, refused = 0;
  for (int i = 0; i < 5; ++i) {
    queue_->put({"job" + std::to_string(i), "", "", image}, [&](const outcome<void>& ended) {
      ended ? ++stand : ++refused;
      EXPECT_TRUE(ended || ended.error().code == errc::overloaded);
    });
  }
  time_.run_ready();
  EXPECT_EQ(stand, 4);
  EXPECT_EQ(refused, 1);
  EXPECT_TRUE(put("later", "", std::string(16 << 20, 'x')));
}

TEST_F(JobQueue, CommitsWhatIsPutTogetherByOneSync) {
  ASSERT_TRUE(put("a"));
  const auto before = disk_.syncs();
  int stand = 0;
  for (int i = 0; i < 50; ++i) {
    queue_->put({"job" + std::to_string(i), "", "", image_of("x")},
                [&](const outcome<void>& ended) { stand += ended ? 1 : 0; });
  }
  time_.run_ready();
  EXPECT_EQ(stand, 50);
  EXPECT_LE(disk_.syncs() - before, 2U);
}

TEST_F(JobQueue, ListsTheNewestFirstPageByPage) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(put("job" + std::to_string(i)));
  ASSERT_TRUE(finish(take_one().lease));
  const auto first = list({}, 2);
  ASSERT_TRUE(first);
  ASSERT_EQ(first->items.size(), 2U);
  EXPECT_EQ(first->items[0].uuid, "job4");
  EXPECT_EQ(first->items[1].uuid, "job3");
  const auto rest = list({}, 10, first->next);
  ASSERT_EQ(rest->items.size(), 3U);
  EXPECT_EQ(rest->items[2].uuid, "job0");
  EXPECT_FALSE(rest->next);
  EXPECT_EQ(list(job_status::done, 10)->items.size(), 1U);
  EXPECT_EQ(list(job_status::queued, 10)->items.size(), 4U);
  EXPECT_EQ(list(job_status::failed, 10)->items.size(), 0U);
  EXPECT_EQ(list({}, 10, "76").error().code, errc::usage);
}

TEST_F(JobQueue, ForgetsWhatIsRemovedAndItsResult) {
  ASSERT_TRUE(put("a"));
  ASSERT_TRUE(put("b"));
  const auto taken = take_one();
  ASSERT_TRUE(remove("a"));
  EXPECT_EQ(remove("a").error().code, errc::not_found);
  EXPECT_FALSE(get("a"));
  EXPECT_EQ(finish(taken.lease).error().code, errc::data_conflict);
  ASSERT_TRUE(remove("b"));
  EXPECT_EQ(counts(), job_counts{});
}

TEST_F(JobQueue, RemovesOldResultsSomeAtATime) {
  for (int i = 0; i < 700; ++i) ASSERT_TRUE(put("job" + std::to_string(i)));
  for (const auto& each : take(600).value()) ASSERT_TRUE(finish(each.lease));
  time_.run_for(3'599s);
  EXPECT_TRUE(tend()->is_over);
  EXPECT_EQ(counts().jobs[2], 600U);
  time_.run_for(1s);
  EXPECT_FALSE(tend()->is_over);
  EXPECT_EQ(counts().jobs[2], 100U);
  EXPECT_TRUE(tend()->is_over);
  EXPECT_EQ(counts().jobs[2], 0U);
  EXPECT_EQ(counts().jobs[0], 100U) << "what has not ended stays";
}

TEST_F(JobQueue, RemovesTheOldestResultsBeyondTheirNumber) {
  close();
  options_.results_max = 3;
  ASSERT_TRUE(open());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(put("job" + std::to_string(i)));
    ASSERT_TRUE(finish(take_one().lease));
    time_.run_for(1ms);
  }
  ASSERT_TRUE(tend());
  EXPECT_EQ(list({}, 10)->items.size(), 3U);
  EXPECT_FALSE(get("job1"));
  EXPECT_TRUE(get("job2"));
}

TEST_F(JobQueue, WaitsNoLongerThanTheLongestWaitWhenTheClockIsSetBack) {
  ASSERT_TRUE(put("a"));
  ASSERT_TRUE(fail(take_one().lease, "again"));
  time_.step_wall(-3'600s);
  time_.run_for(2s);
  EXPECT_EQ(take_names(1), (names{}));
  ASSERT_TRUE(tend());
  EXPECT_EQ(take_names(1), (names{"a"}));
}

TEST_F(JobQueue, SetsAJobAsideWhoseImageIsGone) {
  ASSERT_TRUE(put("a"));
  ASSERT_TRUE(put("b"));
  ASSERT_TRUE(file_->write(
      [](jobs_writing& on) { return on.db.execute("delete from job_images where job = 1"); }));
  EXPECT_EQ(take_names(2), (names{"b"}));
  EXPECT_EQ(get("a")->error, "storage_failed: the image is gone");
}

}  // namespace
}  // namespace reprise
