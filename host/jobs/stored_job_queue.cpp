#include "host/jobs/stored_job_queue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "host/within_memory.hpp"

namespace reprise {

// What a change gave, until its commit has told whether that stands.
template <typename R>
struct kept_answer {
  std::optional<R> given;
  std::size_t damage_met = 0;  // so many times
  void take(const outcome<R>& made) { given = made.value(); }
  outcome<R> answer() { return std::move(*given); }
};
template <>
struct kept_answer<void> {
  std::size_t damage_met = 0;
  void take(const outcome<void>&) {}
  outcome<void> answer() { return {}; }
};

namespace {

// Of one change, which does without one more damaged image each time.
constexpr std::size_t damage_met_max = 8;

constexpr const char* ended_words = "interrupted: the service ended while it was being tried";
constexpr const char* lapsed_words = "timeout: the try did not end in time";

}  // namespace

stored_job_queue::stored_job_queue(const job_queue_parts& parts, const job_queue_options& options)
    : parts_{parts},
      options_{options},
      unready_{failure{errc::loading, "the queue has not been started"}} {}

std::int64_t stored_job_queue::now_ms() const {
  const auto since = parts_.home.clock().wall().time_since_epoch();
  return std::chrono::floor<std::chrono::milliseconds>(since).count();
}

template <typename R>
done<R> stored_job_queue::at_home(done<R> told) const {
  return [&home = parts_.home, here = std::weak_ptr<bool>{here_},
          told = std::move(told)](outcome<R> answer) {
    home.post([here, told, answer = std::move(answer)]() mutable {
      if (!here.expired()) told(std::move(answer));
    });
  };
}

template <typename R, typename Work>
void stored_job_queue::change(Work work, done<R> told) {
  auto answer = at_home<R>(std::move(told));
  if (unready_) return answer(*unready_);
  parts_.writer.post([this, work = std::move(work), answer = std::move(answer)]() mutable {
    auto kept = std::make_shared<kept_answer<R>>();
    auto made = [work = std::move(work), kept](jobs_writing& on) -> outcome<void> {
      const bool was_sound = !on.db.met_damage();
      outcome<R> given = work(on);
      if (was_sound && on.db.met_damage()) ++kept->damage_met;
      if (!given) return given.error();
      kept->take(given);
      return {};
    };
    add<R>(std::move(made), std::move(kept), std::move(answer));
  });
}

template <typename R>
void stored_job_queue::add(std::function<outcome<void>(jobs_writing&)> made,
                           std::shared_ptr<kept_answer<R>> kept, done<R> answer) {
  const std::size_t met = kept->damage_met;
  parts_.writes.add(made, [this, made, kept, met,
                           answer = std::move(answer)](const outcome<void>& ended) mutable {
    if (!ended && kept->damage_met > met && kept->damage_met < damage_met_max) {
      return add<R>(std::move(made), std::move(kept), std::move(answer));
    }
    ended ? answer(kept->answer()) : answer(ended.error());
  });
}

template <typename R, typename Work>
void stored_job_queue::read(Work work, done<R> told) {
  parts_.reader.post(
      [&file = parts_.file, work = std::move(work), answer = at_home<R>(std::move(told))]() {
        answer(within_memory<R>([&] { return file.read(work); }));
      });
}

void stored_job_queue::start(done<std::vector<job>> told) {
  if (!unready_) return at_home<std::vector<job>>(std::move(told))(std::vector<job>{});
  const auto void_leases = [this](jobs_writing& on) -> outcome<std::vector<job>> {
    std::vector<job> all;
    for (;;) {
      const auto ended = on.jobs.end_leases(on.db, std::numeric_limits<std::int64_t>::max(),
                                            options_.bounds.tries_max, ended_words, now_ms());
      if (!ended) return ended;
      all.insert(all.end(), ended->begin(), ended->end());
      if (ended->size() < job_writing_tables::step_max) return all;
    }
  };
  // A group of its own: no lease of ours is there yet.
  parts_.writer.post([&file = parts_.file, void_leases,
                      answer = at_home<std::vector<job>>(
                          [this, told = std::move(told)](const outcome<std::vector<job>>& ended) {
                            // Of two that were asked for one may have succeeded.
                            if (ended) unready_.reset();
                            if (unready_) unready_ = ended.error();
                            told(ended);
                          })] {
    answer(within_memory<std::vector<job>>([&] { return file.write(void_leases); }));
  });
}

void stored_job_queue::put(new_job added, done<void> told) {
  const std::size_t bytes = added.image->size();
  if (waiting_bytes_ + bytes > waiting_bytes_max) {
    return at_home<void>(std::move(told))(
        failure{errc::overloaded, "too many images wait for the disk"});
  }
  waiting_bytes_ += bytes;
  const auto work = [this, added = std::move(added), now = now_ms()](jobs_writing& on) {
    return on.jobs.put(on.db, added, options_.bounds, now);
  };
  change<void>(work, [this, bytes, told = std::move(told)](const outcome<void>& ended) {
    waiting_bytes_ -= bytes;
    told(ended);
  });
}

void stored_job_queue::take(std::size_t count_max, std::chrono::milliseconds lease,
                            done<jobs_taken> told) {
  const auto work = [this, count_max, lease](jobs_writing& on) {
    const std::int64_t now = now_ms();
    lease_max_ = std::max(lease_max_, lease);
    return on.jobs.take(on.db, count_max, taken_bytes_max, now, now + lease.count());
  };
  change<jobs_taken>(work, std::move(told));
}

void stored_job_queue::extend(job_lease held, std::chrono::milliseconds lease, done<void> told) {
  const auto work = [this, held = std::move(held), lease](jobs_writing& on) {
    return on.jobs.extend(on.db, held, now_ms() + lease.count());
  };
  change<void>(work, std::move(told));
}

void stored_job_queue::finish(job_lease held, classification result, done<void> told) {
  const auto work = [this, held = std::move(held), result = std::move(result)](jobs_writing& on) {
    return on.jobs.finish(on.db, held, result, now_ms());
  };
  change<void>(work, std::move(told));
}

void stored_job_queue::fail(job_lease held, job_failure why, done<job_status> told) {
  const auto work = [this, held = std::move(held), why = std::move(why)](jobs_writing& on) {
    return fail_now(on, held, why);
  };
  change<job_status>(work, std::move(told));
}

outcome<job_status> stored_job_queue::fail_now(jobs_writing& on, const job_lease& held,
                                               const job_failure& why) {
  const auto tries = on.jobs.tries_of(held);
  if (!tries) return tries.error();
  if (!*tries) return failure{errc::data_conflict, "the lease of this job holds no more"};
  const bool is_last = why.for_good || **tries >= options_.bounds.tries_max;
  const auto changed = is_last
                           ? on.jobs.fail(on.db, held, why.error, now_ms())
                           : on.jobs.retry(held, why.error, now_ms() + retry_wait(**tries).count());
  if (!changed) return changed.error();
  return is_last ? job_status::failed : job_status::queued;
}

std::chrono::milliseconds stored_job_queue::retry_wait(std::uint32_t tries) {
  std::chrono::milliseconds wait = retry_wait_least;
  for (std::uint32_t i = 1; i < tries && wait < retry_wait_max; ++i) wait *= 2;
  wait = std::min(wait, retry_wait_max);
  const auto half = static_cast<std::uint64_t>(wait.count()) / 2;
  return wait - std::chrono::milliseconds{parts_.random.below(half + 1)};
}

void stored_job_queue::give_back(job_lease held, done<void> told) {
  const auto work = [held = std::move(held)](jobs_writing& on) {
    return on.jobs.give_back(on.db, held);
  };
  change<void>(work, std::move(told));
}

void stored_job_queue::postpone(job_lease held, done<void> told) {
  const auto work = [held = std::move(held)](jobs_writing& on) {
    return on.jobs.postpone(on.db, held);
  };
  change<void>(work, std::move(told));
}

void stored_job_queue::remove(std::string uuid, done<void> told) {
  const auto work = [uuid = std::move(uuid)](jobs_writing& on) {
    return on.jobs.remove(on.db, uuid);
  };
  change<void>(work, std::move(told));
}

void stored_job_queue::tend(done<jobs_tended> told) {
  change<jobs_tended>([this](jobs_writing& on) { return tend_now(on); }, std::move(told));
}

outcome<jobs_tended> stored_job_queue::tend_now(jobs_writing& on) {
  const std::int64_t now = now_ms();
  auto lapsed = on.jobs.end_leases(on.db, now, options_.bounds.tries_max, lapsed_words, now);
  if (!lapsed) return lapsed.error();
  const auto hastened = on.jobs.hasten(now, now + retry_wait_max.count(), now + lease_max_.count());
  if (!hastened) return hastened.error();
  const auto keep = std::chrono::duration_cast<std::chrono::milliseconds>(options_.keep);
  const auto removed = on.jobs.expire(on.db, now - keep.count(), options_.results_max);
  if (!removed) return removed.error();
  const bool is_over =
      std::max<std::uint64_t>(*removed, lapsed->size()) < job_writing_tables::step_max;
  return jobs_tended{std::move(*lapsed), is_over};
}

void stored_job_queue::get(std::string uuid, done<std::optional<job>> told) {
  const auto work = [uuid = std::move(uuid)](jobs_reading& on) { return on.jobs.get(on.db, uuid); };
  read<std::optional<job>>(work, std::move(told));
}

void stored_job_queue::list(std::optional<job_status> status, std::uint32_t limit,
                            std::optional<std::string> cursor, done<page<job>> told) {
  const auto work = [status, limit, cursor = std::move(cursor)](jobs_reading& on) {
    return on.jobs.list(on.db, status, limit, cursor);
  };
  read<page<job>>(work, std::move(told));
}

void stored_job_queue::count(done<job_counts> told) {
  read<job_counts>([](jobs_reading& on) { return on.jobs.count(on.db); }, std::move(told));
}

}  // namespace reprise
