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

// It is extended long before it is over: time for a queue that is slow to do so.
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
    extend_leases();
    take();
  });
}

void prediction_work::tend() {
  if (over_) return;
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
  parts_.queue.count([this](const outcome<job_counts>& counts) {
    if (counts) parts_.counted(*counts);
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

// However long a look takes, nobody else begins one of the same job. One that holds no more was
// removed: what comes of it is dropped when it is put down.
void prediction_work::extend_leases() {
  if (over_) return;
  const auto extend = [this](const taken_job& of) {
    parts_.queue.extend(of.lease, lease(), [this](const outcome<void>& extended) {
      if (!extended && extended.error().code != errc::data_conflict) note_fault(extended.error());
    });
  };
  for (const place& at : places_) {
    if (at.job) extend(*at.job);
  }
  for (const taken_job& each : ready_) extend(each);
  (void)link_.after(lease() / 4, [this] { extend_leases(); });
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
  // What predicts has failed: one look at a time, when it is time for one.
  if (outage_ && (!outage_->may_probe || free_places() < places_.size() || !ready_.empty())) return;
  taking_ = true;
  woken_ = false;
  const std::size_t count = outage_ ? 1 : free_places() + places_.size() - ready_.size();
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
  for (const taken_job& each : answer->jobs) {
    if (draining_ || (outage_ && !outage_->may_probe)) {
      give_back(each);
    } else {
      ready_.push_back(each);
    }
  }
  begin_waiting();
  const bool may_be_more = answer->jobs.size() == asked || !answer->failed.empty();
  if (woken_ || may_be_more) take();
  end_drain_if_over();
}

void prediction_work::begin_waiting() {
  for (place& at : places_) {
    if (at.job || ready_.empty()) continue;
    at.job = std::move(ready_.front());
    ready_.pop_front();
    look(at);
  }
}

void prediction_work::look(place& at) {
  ++at.looks;
  if (outage_) outage_->may_probe = false;
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
  const fault_kind kind = seen ? fault_kind::final : kind_of(seen.error().reason);
  if (kind != fault_kind::no_try) {
    parts_.figures.note_try(took);
    if (!seen) parts_.figures.note_fault(seen.error().reason);
  }
  if (kind == fault_kind::no_try) {
    give_back(done);
  } else if (kind == fault_kind::of_predictor && (outage_ || !is_blamed(done.lease.uuid))) {
    begin_outage(seen.error());
    postpone(done);
  } else {
    if (seen) ++seen_;
    if (kind != fault_kind::of_predictor) end_outage();
    ++unstored_;
    put_down(done, seen);
  }
  begin_waiting();
  take();
}

// A fault of the predictor is the picture's all the same where others were predicted since it was
// met with this one before: a server may answer 500 to one picture alone.
bool prediction_work::is_blamed(const std::string& uuid) {
  if (suspects_.size() >= suspects_max) suspects_.clear();
  const auto [at, is_first] = suspects_.emplace(uuid, seen_);
  return !is_first && std::exchange(at->second, seen_) < seen_;
}

// Those in work may end; those that are ready wait in the queue.
void prediction_work::begin_outage(const prediction_fault& why) {
  if (!outage_) {
    parts_.log(log_level::warning, "what predicts fails: predictions wait for it",
               {{"why", why.text()}});
    outage_ = outage{};
    for (const taken_job& each : std::exchange(ready_, {})) give_back(each);
  } else if (outage_->timer_runs) {
    return;
  } else {
    outage_->wait = std::min(2 * outage_->wait, outage_wait_max);
  }
  parts_.figures.set_outage(true);
  outage_->timer_runs = true;
  outage_->timer = link_.after(outage_->wait, [this] {
    outage_->timer_runs = false;
    outage_->may_probe = true;
    take();
  });
}

void prediction_work::end_outage() {
  if (!outage_) return;
  if (outage_->timer_runs) link_.cancel(outage_->timer);
  outage_.reset();
  parts_.figures.set_outage(false);
  parts_.log(log_level::info, "what predicts answers again", {});
}

void prediction_work::put_down(const taken_job& of, const prediction_outcome& seen) {
  const auto told = [this, of, seen](const outcome<job_status>& stored) {
    ended(of, seen, stored);
  };
  if (!seen) {
    const job_failure why{seen.error().text(), kind_of(seen.error().reason) == fault_kind::final};
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
  if (is_lost || (stored && *stored != job_status::queued)) suspects_.erase(of.lease.uuid);
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

done<void> prediction_work::returned(const taken_job& of) {
  ++unstored_;
  return [this, of](const outcome<void>& given) {
    --unstored_;
    if (given) parts_.changed(job_of(of, job_status::queued));
    take();
    end_drain_if_over();
  };
}

void prediction_work::give_back(const taken_job& of) {
  parts_.queue.give_back(of.lease, returned(of));
}

void prediction_work::postpone(const taken_job& of) {
  parts_.queue.postpone(of.lease, returned(of));
}

void prediction_work::note_fault(const failure& why) {
  if (std::exchange(fault_told_, true)) return;
  parts_.log(log_level::error, "the queue of predictions fails, tried again each second",
             {{"why", why.what}});
}

void prediction_work::drain(steady_time deadline, std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  for (const taken_job& each : std::exchange(ready_, {})) give_back(each);
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
  patience_ = link_.after(give_up_wait, [this] { end_drain(); });
  end_drain_if_over();
}

void prediction_work::end_drain_if_over() {
  const bool is_idle = !taking_ && unstored_ == 0 && free_places() == places_.size();
  if (!draining_ || !drained_ || !is_idle) return;
  link_.cancel(patience_);
  end_drain();
}

void prediction_work::end_drain() {
  over_ = true;
  if (drained_) std::exchange(drained_, {})();
}

}  // namespace reprise
