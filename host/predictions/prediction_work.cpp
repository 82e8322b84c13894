#include "host/predictions/prediction_work.hpp"

#include <algorithm>
#include <utility>

namespace reprise {
namespace {

job job_of(const taken_job& taken, job_status status) {
  return {.uuid = taken.lease.uuid,
          .name = taken.name,
          .status = status,
          .tries = taken.tries,
          .made_ms = taken.made_ms};
}

}  // namespace

prediction_work::prediction_work(prediction_work_parts parts)
    : parts_{std::move(parts)}, link_{parts_.home} {
  for (auto& each : parts_.slots) places_.push_back({.slot = std::move(each)});
}

// Time for one look of another job before this one, and for reading a great library anew.
std::chrono::milliseconds prediction_work::lease() const {
  return 2 * parts_.deadline + std::chrono::seconds{60};
}

std::size_t prediction_work::free_places() const {
  return static_cast<std::size_t>(
      std::count_if(places_.begin(), places_.end(), [](const place& at) { return !at.job; }));
}

std::chrono::duration<double> prediction_work::since(std::int64_t made_ms) const {
  return link_.clock().wall().time_since_epoch() - std::chrono::milliseconds{made_ms};
}

void prediction_work::start() {
  parts_.queue.start([this](const outcome<std::uint64_t>& voided) {
    if (!voided) {
      note_fault(voided.error());
      (void)link_.after(retry_interval, [this] { start(); });
      return;
    }
    fault_told_ = false;
    if (*voided > 0) {
      parts_.log(log_level::info, "predictions that were in work when the service ended",
                 {{"count", std::to_string(*voided)}});
    }
    started_ = true;
    tend();
    take();
  });
}

void prediction_work::tend() {
  if (over_) return;
  parts_.queue.tend([this](const outcome<tending>& tended) {
    if (!tended) note_fault(tended.error());
    const bool again = tended && *tended == tending::unfinished;
    (void)link_.after(again ? tend_again : tend_interval, [this] { tend(); });
    take();  // a wait behind a failed try may be over
  });
  parts_.queue.count([this](const outcome<job_counts>& counts) {
    if (counts) parts_.counted(*counts);
  });
}

void prediction_work::wake() {
  woken_ = true;
  take();
}

void prediction_work::take() {
  if (!started_ || draining_ || taking_ || ready_.size() >= places_.size() ||
      unstored_ >= results_waiting_max) {
    return;
  }
  taking_ = true;
  woken_ = false;
  const std::size_t count = free_places() + places_.size() - ready_.size();
  const steady_time until = link_.steady() + lease();
  parts_.queue.take(count, lease(), [this, count, until](outcome<std::vector<taken_job>> answer) {
    taken(count, until, std::move(answer));
  });
}

void prediction_work::taken(std::size_t asked, steady_time leased_until,
                            outcome<std::vector<taken_job>> answer) {
  taking_ = false;
  if (!answer) {
    note_fault(answer.error());
    return end_drain_if_over();
  }
  if (!answer->empty()) fault_told_ = false;  // with nothing to take the disk was not asked
  for (taken_job& each : *answer) {
    if (draining_) {
      give_back(each);
    } else {
      ready_.push_back({std::move(each), leased_until});
    }
  }
  begin_waiting();
  if (woken_ || answer->size() == asked) take();
  end_drain_if_over();
}

void prediction_work::begin_waiting() {
  for (place& at : places_) {
    if (at.job || ready_.empty()) continue;
    ready_job next = std::move(ready_.front());
    ready_.pop_front();
    begin(at, std::move(next));
  }
}

void prediction_work::begin(place& at, ready_job next) {
  at.job = std::move(next.job);
  ++at.looks;
  if (next.leased_until - link_.steady() >= parts_.deadline + std::chrono::seconds{5}) {
    return look(at);
  }
  parts_.queue.extend(at.job->lease, lease(),
                      [this, &at, begun = at.looks](const outcome<void>& extended) {
                        if (!at.job || at.looks != begun) return;
                        if (extended) return look(at);
                        // Somebody else has it, or the disk fails and its lease will lapse.
                        if (extended.error().code != errc::data_conflict) {
                          note_fault(extended.error());
                        }
                        at.job.reset();
                        begin_waiting();
                        take();
                        end_drain_if_over();
                      });
}

void prediction_work::look(place& at) {
  parts_.changed(job_of(*at.job, job_status::running));
  at.slot->predict(*at.job,
                   [this, &at, begun = link_.steady(), looks = at.looks](prediction_outcome seen) {
                     if (!at.job || at.looks != looks) return;
                     looked(at, seen, link_.steady() - begun);
                   });
}

void prediction_work::looked(place& at, const prediction_outcome& seen,
                             std::chrono::duration<double> took) {
  const taken_job done = std::move(*at.job);
  at.job.reset();
  if (seen || seen.error().reason != prediction_reason::stopping) {
    parts_.figures.note_try(took);
    if (!seen) parts_.figures.note_fault(seen.error().reason);
    ++unstored_;
    put_down(done, seen);
  } else {
    give_back(done);
  }
  begin_waiting();
  take();
}

void prediction_work::put_down(const taken_job& of, const prediction_outcome& seen) {
  const auto told = [this, of, seen](const outcome<job_status>& stored) {
    ended(of, seen, stored);
  };
  if (!seen) {
    const job_failure why{seen.error().text(), is_for_good(seen.error().reason)};
    return parts_.queue.fail(of.lease, why, told);
  }
  parts_.queue.finish(of.lease, *seen, [told](const outcome<void>& stored) {
    told(stored ? outcome<job_status>{job_status::done} : stored.error());
  });
}

void prediction_work::ended(const taken_job& of, const prediction_outcome& seen,
                            const outcome<job_status>& stored) {
  const bool is_lost = !stored && stored.error().code == errc::data_conflict;
  if (!stored && !is_lost && !over_) {
    note_fault(stored.error());
    (void)link_.after(retry_interval, [this, of, seen] { put_down(of, seen); });
    return;
  }
  --unstored_;
  if (is_lost) {
    parts_.figures.note_end(prediction_end::removed, since(of.made_ms));
  } else if (stored) {
    fault_told_ = false;
    job shown = job_of(of, *stored);
    if (seen) shown.result = *seen;
    if (*stored == job_status::failed) shown.error = seen.error().text();
    parts_.changed(shown);
    if (*stored != job_status::queued) {
      parts_.figures.note_end(seen ? prediction_end::done : prediction_end::failed,
                              since(of.made_ms));
    }
  }
  take();
  end_drain_if_over();
}

void prediction_work::give_back(const taken_job& of) {
  ++unstored_;
  parts_.queue.give_back(of.lease, [this, of](const outcome<void>& given) {
    --unstored_;
    if (given) parts_.changed(job_of(of, job_status::queued));
    end_drain_if_over();
  });
}

void prediction_work::note_fault(const failure& why) {
  if (std::exchange(fault_told_, true)) return;
  parts_.log(log_level::error, "the queue of predictions fails, tried again each second",
             {{"why", why.what}});
}

void prediction_work::drain(steady_time deadline, std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  for (const ready_job& each : std::exchange(ready_, {})) give_back(each.job);
  const auto left = std::max(deadline - link_.steady(), std::chrono::nanoseconds{0});
  patience_ = link_.after(left, [this] { give_up(); });
  end_drain_if_over();
}

void prediction_work::give_up() {
  for (place& at : places_) {
    if (at.job) give_back(*std::exchange(at.job, {}));
  }
  over_ = true;
  end_drain_if_over();
}

void prediction_work::end_drain_if_over() {
  const bool is_idle = !taking_ && unstored_ == 0 && free_places() == places_.size();
  if (!draining_ || !drained_ || !is_idle) return;
  over_ = true;
  link_.cancel(patience_);
  std::exchange(drained_, {})();
}

}  // namespace reprise
