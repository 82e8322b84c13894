#include "host/predictions/job_endings.hpp"

#include <utility>

namespace reprise {

job_endings::job_endings(scheduler& home, job_queue& queue, listener told,
                         std::function<void(const failure&)> refused)
    : queue_{queue}, told_{std::move(told)}, refused_{std::move(refused)}, link_{home} {}

void job_endings::add(job_ending added) {
  added.of.image.reset();  // the queue has it
  waiting_.push_back(std::move(added));
  send(std::prev(waiting_.end()));
}

void job_endings::send(entry at) {
  const job_lease& held = at->of.lease;
  const auto becomes = [this, at](job_status status) {
    return [this, at, status](const outcome<void>& stored) {
      answered(at, stored ? outcome<job_status>{status} : stored.error());
    };
  };
  if (!at->seen) {
    return at->goes_last ? queue_.postpone(held, becomes(job_status::queued))
                         : queue_.give_back(held, becomes(job_status::queued));
  }
  const prediction_outcome& seen = *at->seen;
  if (seen) return queue_.finish(held, *seen, becomes(job_status::done));
  const bool is_for_good = kind_of(seen.error().reason) == fault_kind::final;
  queue_.fail(held, {seen.error().text(), is_for_good},
              [this, at](const outcome<job_status>& stored) { answered(at, stored); });
}

void job_endings::answered(entry at, const outcome<job_status>& stored) {
  const bool is_refused = !stored && stored.error().code != errc::data_conflict;
  if (is_refused) refused_(stored.error());
  if (is_refused && !closed_) {
    (void)link_.after(retry_interval, [this, at] { send(at); });
    return;
  }
  const job_ending ended = std::move(*at);
  waiting_.erase(at);
  told_(ended, stored);
}

}  // namespace reprise
