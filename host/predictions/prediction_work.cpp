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
    : parts_{std::move(parts)},
      endings_{parts_.home, parts_.queue,
               [this](const job_ending& ending, const outcome<job_status>& stored) {
                 ended(ending, stored);
               },
               [this](const failure& why) { note_fault(why); }},
      link_{parts_.home} {
  for (auto& each : parts_.slots) places_.push_back({.slot = std::move(each)});
}

// It is extended long before it is over: time for a queue that is slow to do so.
std::chrono::milliseconds prediction_work::lease() const {
  return 2 * parts_.deadline + std::chrono::seconds{60};
}

std::size_t prediction_work::free_places() const {
  return static_cast<std::size_t>(
      std::count_if(places_.begin(), places_.end(), [](const place& at) { return at.is_free(); }));
}

std::chrono::duration<double> prediction_work::since(std::int64_t made_ms) const {
  return link_.clock().wall().time_since_epoch() - std::chrono::milliseconds{made_ms};
}

void prediction_work::start() {
  parts_.queue.start([this](const outcome<std::vector<job>>& voided) {
    if (!voided) {
      note_fault(voided.error());
      (void)link_.after(retry_interval, [this] { start(); });
      return;
    }
    fault_told_ = false;
    if (!voided->empty()) {
      parts_.log(log_level::info, "predictions that were in work when the service ended",
                 {{"count", std::to_string(voided->size())}});
    }
    tell(*voided);
    started_ = true;
    tend();
    take();
  });
}

void prediction_work::tend() {
  if (over_) return;
  parts_.queue.count([this](const outcome<job_counts>& counts) {
    if (counts) parts_.counted(*counts);
  });
  // By the wall clock, as leases are, wherever that steps.
  const auto gone = link_.clock().wall() - extended_;
  const bool stepped_back = gone.count() < 0;
  if (stepped_back || gone > lease() / 4) return extend_and_tend();
  end_lapsed();
}

// However long a look takes, or the disk refuses what came of it, nobody else begins one of the
// same job: leases are ended behind an extension of ours alone. A job that is held no more was
// removed: what comes of it is dropped when it is put down.
void prediction_work::extend_and_tend() {
  const std::vector<job_lease> all = held();
  const auto asked =
      std::make_shared<extension>(extension{all.size() + 1, false, link_.clock().wall()});
  const auto extended = [this, asked](const outcome<void>& done) {
    if (!done && done.error().code != errc::data_conflict) {
      asked->is_refused = true;
      note_fault(done.error());
    }
    if (--asked->waiting > 0) return;
    if (asked->is_refused) {
      (void)link_.after(retry_interval, [this] { tend(); });
      return;
    }
    extended_ = asked->begun;
    end_lapsed();
  };
  for (const job_lease& each : all) parts_.queue.extend(each, lease(), extended);
  extended({});
}

std::vector<job_lease> prediction_work::held() const {
  std::vector<job_lease> all;
  for (const place& at : places_) {
    if (at.job) all.push_back(at.job->lease);
  }
  for (const taken_job& each : ready_) all.push_back(each.lease);
  for (const accused_job& each : accused_) all.push_back(each.of.lease);
  for (const job_ending& each : endings_.all()) all.push_back(each.of.lease);
  return all;
}

void prediction_work::end_lapsed() {
  parts_.queue.tend([this](const outcome<jobs_tended>& tended) {
    if (tended) {
      tell(tended->changed);
    } else {
      note_fault(tended.error());
    }
    const bool again = tended && !tended->is_over;
    (void)link_.after(again ? tend_again : tend_interval, [this] { tend(); });
    take();  // a wait behind a failed try may be over
  });
}

// Jobs that ended, or were queued again, but by the answer of a slot.
void prediction_work::tell(const std::vector<job>& changed) {
  for (const job& each : changed) {
    parts_.figures.note_fault(reason_of(each.error));
    if (each.status == job_status::failed) {
      parts_.figures.note_end(prediction_end::failed, since(each.made_ms));
    }
    parts_.changed(each);
  }
}

void prediction_work::wake() {
  woken_ = true;
  take();
}

void prediction_work::take() {
  const std::size_t ready_max = trust_ == trust::sound ? places_.size() : 1;
  if (!started_ || draining_ || taking_ || !may_begin() || ready_.size() >= ready_max ||
      endings_.size() >= endings_max) {
    return;
  }
  taking_ = true;
  woken_ = false;
  const std::size_t count =
      trust_ == trust::sound ? free_places() + places_.size() - ready_.size() : 1;
  parts_.queue.take(count, lease(),
                    [this, count](const outcome<jobs_taken>& answer) { taken(count, answer); });
}

void prediction_work::taken(std::size_t asked, const outcome<jobs_taken>& answer) {
  taking_ = false;
  if (!answer) {
    note_fault(answer.error());
    return end_drain_if_over();
  }
  if (!answer->jobs.empty()) fault_told_ = false;  // with nothing to take the disk was not asked
  tell(answer->failed);
  ready_.insert(ready_.end(), answer->jobs.begin(), answer->jobs.end());
  if (draining_) give_back_ready(0);
  begin_waiting();
  if (trust_ == trust::failed) give_back_ready(job_is_due_ ? 1 : 0);  // they were asked for before
  const bool may_be_more = answer->jobs.size() == asked || !answer->failed.empty();
  if (woken_ || may_be_more) {
    take();
  } else if (job_is_due_ && ready_.empty()) {
    do_without_others();
  }
  end_drain_if_over();
}

bool prediction_work::may_begin() const noexcept {
  return trust_ == trust::sound || job_is_due_;
}

void prediction_work::begin_waiting() {
  for (place& at : places_) {
    if (!may_begin() || !at.is_free() || ready_.empty()) continue;
    at.job = std::move(ready_.front());
    ready_.pop_front();
    look(at);
  }
}

void prediction_work::look(place& at) {
  ++at.looks;
  at.decides = std::exchange(job_is_due_, false) ? trust_number_ : 0;
  parts_.changed(job_of(*at.job, job_status::running));
  at.slot->predict(*at.job,
                   [this, &at, begun = link_.steady(), looks = at.looks](prediction_outcome seen) {
                     if (!at.job || at.looks != looks) return;
                     looked(at, seen, link_.steady() - begun);
                   });
}

void prediction_work::looked(place& at, const prediction_outcome& seen,
                             std::chrono::duration<double> took) {
  taken_job done = std::move(*at.job);
  at.job.reset();
  const fault_kind kind = kind_of(seen);
  const bool decides = at.decides == trust_number_;
  if (kind != fault_kind::no_try) {
    parts_.figures.note_try(took);
    if (!seen) parts_.figures.note_fault(seen.error().reason);
  }
  if (is_answer(kind)) {
    if (decides) {
      probe_misleads_ = true;
      trust_again(true);
    }
    endings_.add({std::move(done), seen});
  } else if (draining_ || kind != fault_kind::doubtful ||
             (trust_ == trust::failed && !probe_misleads_)) {
    give_back(std::move(done), kind != fault_kind::no_try);
  } else {
    accuse(std::move(done), seen.error());
  }
  const bool shows_outage = kind == fault_kind::of_service || (decides && !is_answer(kind));
  if (shows_outage && !draining_ && trust_ != trust::failed) begin_outage(seen.error());
  go_on();
}

// A place is free, or trust is back.
void prediction_work::go_on() {
  begin_probe();
  begin_waiting();
  take();
}

void prediction_work::give_back(taken_job of, bool goes_last) {
  endings_.add({.of = std::move(of), .goes_last = goes_last});
}

void prediction_work::give_back_ready(std::size_t kept) {
  while (ready_.size() > kept) {
    give_back(std::move(ready_.back()));
    ready_.pop_back();
  }
}

void prediction_work::give_back_accused() {
  for (accused_job& each : std::exchange(accused_, {})) give_back(std::move(each.of), true);
}

void prediction_work::ended(const job_ending& ending, const outcome<job_status>& stored) {
  const bool is_counted = ending.seen.has_value();
  if (stored) {
    fault_told_ = false;
    job shown = job_of(ending.of, *stored);
    if (*stored == job_status::done) shown.result = **ending.seen;
    if (*stored == job_status::failed) shown.error = ending.seen->error().text();
    parts_.changed(shown);
    if (*stored != job_status::queued) {
      const bool is_done = *stored == job_status::done;
      parts_.figures.note_end(is_done ? prediction_end::done : prediction_end::failed,
                              since(ending.of.made_ms));
    }
  } else if (is_counted && stored.error().code == errc::data_conflict) {
    parts_.figures.note_end(prediction_end::removed, since(ending.of.made_ms));
  }
  take();
  end_drain_if_over();
}

void prediction_work::note_fault(const failure& why) {
  if (std::exchange(fault_told_, true)) return;
  parts_.log(log_level::error, "the queue of predictions fails, tried again each second",
             {{"why", why.what}});
}

void prediction_work::drain(steady_time deadline, std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  for (place& at : places_) at.probes = false;  // nobody waits for what it says
  give_back_ready(0);
  give_back_accused();
  const auto left = std::max(deadline - link_.steady(), std::chrono::nanoseconds{0});
  patience_ = link_.after(left, [this] { give_up(); });
  end_drain_if_over();
}

// A disk that hangs loses nothing: what it was told last is done anew after the next start.
void prediction_work::give_up() {
  for (place& at : places_) {
    if (at.job) give_back(*std::exchange(at.job, {}));
  }
  over_ = true;
  endings_.close();
  patience_ = link_.after(give_up_wait, [this] { end_drain(); });
  end_drain_if_over();
}

void prediction_work::end_drain_if_over() {
  const bool is_idle = !taking_ && endings_.size() == 0 && free_places() == places_.size();
  if (!draining_ || !drained_ || !is_idle) return;
  link_.cancel(patience_);
  end_drain();
}

void prediction_work::end_drain() {
  over_ = true;
  if (drained_) std::exchange(drained_, {})();
}

}  // namespace reprise
