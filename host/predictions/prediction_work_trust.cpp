// What the workers hold of what predicts, and how they find out.
#include <algorithm>
#include <utility>

#include "host/predictions/prediction_work.hpp"

namespace reprise {

void prediction_work::accuse(taken_job of, const prediction_fault& why) {
  if (trust_ == trust::failed && accused_.size() >= accused_max) give_back_accused();
  of.image.reset();  // the queue has it
  accused_.push_back({std::move(of), why});
  if (trust_ != trust::sound) return;
  change_trust(trust::doubted);
  (probe_misleads_ ? job_is_due_ : probe_is_due_) = true;
}

// None waits by which those that are accused could be judged.
void prediction_work::do_without_others() {
  if (accused_.empty()) return;
  if (trust_ == trust::doubted) return begin_outage(accused_.front().why);
  give_back_accused();  // one of them is tried
}

// A look at no job: nothing of it is counted or told.
void prediction_work::begin_probe() {
  const auto at = std::find_if(places_.begin(), places_.end(),
                               [](const place& each) { return each.is_free(); });
  if (!probe_is_due_ || draining_ || at == places_.end()) return;
  probe_is_due_ = false;
  at->probes = true;
  ++at->looks;
  at->slot->predict(probe_, [this, &at = *at, looks = at->looks,
                             number = trust_number_](const prediction_outcome& seen) {
    if (!at.probes || at.looks != looks) return;
    at.probes = false;
    if (number == trust_number_) probed(seen);
    go_on();
  });
}

// Of what is doubted, or fails, since before that look.
void prediction_work::probed(const prediction_outcome& seen) {
  if (!is_answer(kind_of(seen))) {
    return trust_ == trust::failed ? wait_longer() : begin_outage(seen.error());
  }
  probe_misleads_ = false;
  trust_again(trust_ == trust::doubted);
}

// What was due, or is still on its way, was about what was held before.
void prediction_work::change_trust(trust to) {
  trust_ = to;
  ++trust_number_;
  probe_is_due_ = job_is_due_ = false;
  link_.cancel(outage_timer_);
}

void prediction_work::trust_again(bool tries_count) {
  if (trust_ == trust::failed) {
    parts_.figures.set_outage(false);
    parts_.log(log_level::info, "what predicts answers again", {});
  }
  change_trust(trust::sound);
  if (!tries_count) give_back_accused();
  for (accused_job& each : std::exchange(accused_, {})) {
    endings_.add({std::move(each.of), prediction_outcome{std::move(each.why)}});
  }
}

// Those in work may end; the others wait in the queue.
void prediction_work::begin_outage(const prediction_fault& why) {
  parts_.log(log_level::warning, "what predicts fails: predictions wait for it",
             {{"why", why.text()}});
  parts_.figures.set_outage(true);
  change_trust(trust::failed);
  give_back_ready(0);
  if (!probe_misleads_) give_back_accused();
  outage_wait_ = outage_wait_least;
  probe_later();
}

// Where the probe has failed for long, one of those that wait is tried as well: what predicts may
// fail at the probe alone.
void prediction_work::wait_longer() {
  job_is_due_ = probe_misleads_ || outage_wait_ == outage_wait_max;
  outage_wait_ = std::min(2 * outage_wait_, outage_wait_max);
  probe_later();
}

void prediction_work::probe_later() {
  link_.cancel(outage_timer_);
  outage_timer_ = link_.after(outage_wait_, [this] {
    probe_is_due_ = true;
    begin_probe();
  });
}

}  // namespace reprise
