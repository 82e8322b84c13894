#include "net/report_outcomes.hpp"

#include <algorithm>

namespace reprise {

void report_outcomes::add(report_outcome added) {
  waiting_.push_back(std::move(added));
  if (!batch_.empty()) return;  // the end of that batch goes on
  if (hurried_ || waiting_.size() >= batch_outcomes_max) return write_next();
  if (timed_) return;
  timed_ = true;
  (void)core_.at(core_.clock().steady() + gather_max, [this] {
    timed_ = false;
    if (batch_.empty()) write_next();
  });
}

void report_outcomes::hurry() {
  hurried_ = true;
  if (batch_.empty()) write_next();
}

void report_outcomes::write_next() {
  if (waiting_.empty()) return;
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), batch_outcomes_max));
  batch_.assign(std::make_move_iterator(waiting_.begin()),
                std::make_move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  write_batch();
}

void report_outcomes::write_batch() {
  std::vector<outcome_change> changed;
  changed.reserve(batch_.size());
  for (const report_outcome& of : batch_) changed.push_back(of.change);
  outbox_->change_deliveries(std::move(changed), [this](const outcome<void>& written) {
    if (!written) {
      told_.refused(written.error());
      (void)core_.at(core_.clock().steady() + again_after, [this] { write_batch(); });
      return;
    }
    const std::vector<report_outcome> done = std::move(batch_);
    batch_.clear();
    for (const report_outcome& of : done) told_.recorded(of);
    // What was gathered meanwhile has waited long enough.
    if (batch_.empty()) write_next();
    told_.recorded_all();
  });
}

}  // namespace reprise
