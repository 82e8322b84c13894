// The queue of jobs against a plain model of it: random changes, with restarts and with a disk that
// fails or loses its power. After a power cut the last change has been made or has not: one of the
// two models must be what is there.
#include <map>
#include <random>

#include "tests/job_model.hpp"
#include "tests/job_queue_support.hpp"

namespace reprise {
namespace {

class JobModel : public job_queue_fixture {
 protected:
  JobModel() {
    options_.bounds = {.jobs_max = 12, .bytes_max = 300, .tries_max = 3};
    options_.keep = std::chrono::seconds{60};
    EXPECT_TRUE(open());
  }

  template <typename R>
  static errc code_of(const outcome<R>& of) {
    return of ? errc{} : of.error().code;
  }
  // Of an answer that is the disk's.
  static bool is_lost(errc code) {
    return code == errc::io_failed || code == errc::storage_full || code == errc::storage_lost;
  }

  const taken_job& any_lease(std::mt19937_64& random) {
    if (leases_.empty()) leases_.push_back({.lease = {"none", 1}});
    return leases_[leases_.size() - 1 - random() % std::min<std::size_t>(leases_.size(), 8)];
  }

  // One change, made to the queue and to a copy of the model. What the disk refused has changed
  // nothing, unless its power went.
  void change(std::mt19937_64& random, job_model& model) {
    const std::int64_t now = now_ms();
    const std::int64_t until = now + lease_.count();
    errc told{}, expected{};
    switch (random() % 9) {
      case 0:
      case 1: {
        const std::string uuid = "job" + std::to_string(next_++), owner(1, "abc"[random() % 3]);
        const std::string image(random() % 60, 'x');
        told = code_of(put(uuid, owner, image));
        expected = model.put(uuid, owner, image.size(), now);
        break;
      }
      case 2:
      case 3: {
        const std::size_t count = 1 + random() % 4;
        const auto taken = take(count);
        told = code_of(taken);
        const auto wanted = model.take(count, now, until);
        if (!taken) break;
        std::vector<std::string> got;
        for (const taken_job& each : *taken) got.push_back(each.lease.uuid);
        EXPECT_EQ(got, wanted);
        leases_.insert(leases_.end(), taken->begin(), taken->end());
        break;
      }
      case 4: {
        const auto& held = any_lease(random).lease;
        told = code_of(finish(held, "label"));
        expected = model.finish(held, {"label", 0.75}, now);
        break;
      }
      case 5: {
        const auto& held = any_lease(random).lease;
        const job_failure why{"it failed", random() % 4 == 0};
        told = code_of(fail(held, why.error, why.for_good));
        expected = model.fail(held, why, now);
        break;
      }
      case 6: {
        const auto& held = any_lease(random).lease;
        const bool is_next = random() % 2 == 0;
        told = code_of(is_next ? give_back(held) : postpone(held));
        expected = is_next ? model.give_back(held) : model.postpone(held);
        break;
      }
      case 7: {
        const std::string uuid = "job" + std::to_string(random() % (next_ + 1));
        told = code_of(remove(uuid));
        expected = model.remove(uuid);
        break;
      }
      default:
        told = code_of(tend());
        model.tend(now);
    }
    lost_ = is_lost(told);
    if (!lost_) {
      EXPECT_EQ(told, expected);
    }
  }

  // A line a job, so that a difference can be read.
  static std::string text_of(const std::vector<job>& jobs) {
    std::string text;
    for (const job& each : jobs) {
      text.append(each.uuid).append(" ").append(to_string(each.status));
      text += " tries " + std::to_string(each.tries) + " made " + std::to_string(each.made_ms);
      text += " ended " + std::to_string(each.ended_ms.value_or(0));
      text += " " + (each.result ? each.result->label : "") + " " + each.error + "\n";
    }
    return text;
  }
  std::string all() {
    const auto listed = list({}, 1'000);
    EXPECT_TRUE(listed) << listed.error().what;
    return listed ? text_of(listed->items) : "";
  }

  std::uint64_t next_ = 0;
  bool lost_ = false;
  std::vector<taken_job> leases_;
};

constexpr const char* ended_words = "interrupted: the service ended while it was being tried";

TEST_F(JobModel, IsWhatTheQueueIsThroughRestartsAndFailures) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    close();
    disk_.remove_file("/data/jobs.db");
    ASSERT_TRUE(open());
    job_model model{options_};
    leases_.clear();
    next_ = 0;
    for (int step = 0; step < 400 && !HasFailure(); ++step) {
      SCOPED_TRACE(step);
      const bool cuts = random() % 40 == 0;
      if (cuts) disk_.cut_power(1 + random() % 6);
      if (!cuts && random() % 30 == 0) disk_.fail(disk_operation::write, 1 + random() % 4);
      job_model changed = model;
      change(random, changed);
      if (!lost_) model = changed;
      if (cuts || random() % 40 == 0) {
        restart(survival::some);
        model.end_leases(std::numeric_limits<std::int64_t>::max(), ended_words, now_ms());
        changed.end_leases(std::numeric_limits<std::int64_t>::max(), ended_words, now_ms());
        if (lost_ && all() != text_of(model.newest_first())) model = changed;
      }
      disk_.fail(disk_operation::write, 1, 0);
      EXPECT_EQ(all(), text_of(model.newest_first()));
      EXPECT_TRUE(counts() == model.counts());
      time_.run_for(std::chrono::milliseconds{random() % 4'000});
    }
  }
}

}  // namespace
}  // namespace reprise
