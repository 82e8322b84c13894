#include "host/moving_average/report_journal.hpp"

#include <algorithm>
#include <utility>

namespace reprise {
namespace {

duration_sum duration_of(std::int64_t tick, wall_time delivered) {
  using std::chrono::milliseconds;
  const auto took = std::chrono::floor<milliseconds>(delivered - start_of_tick(tick)).count();
  constexpr std::int64_t longest = duration_seconds_max * 1'000;
  const auto bounded = std::clamp<std::int64_t>(took, 0, longest);
  return duration_sum::of_seconds(static_cast<double>(bounded) / 1'000).value_or(duration_sum{});
}

}  // namespace

report_journal::report_journal(scheduler& core, executor& writer, delivery_writer& store,
                               delivery_figures& figures)
    : writer_{writer}, store_{store}, figures_{figures}, link_{core} {}

std::size_t report_journal::waiting() const noexcept {
  return gathered_.size() + (batch_ ? batch_->size() : 0);
}

void report_journal::add(const std::string& channel, std::int64_t tick, wall_time delivered) {
  if (waiting() >= waiting_max) {
    ++figures_.dropped;
    return;
  }
  delivery_event event;
  event.time = std::chrono::floor<std::chrono::microseconds>(delivered);
  event.duration = duration_of(tick, delivered);
  event.client_name = channel;
  event.event_name = "report_delivered";
  gathered_.add(event);
  gather();
}

void report_journal::gather() {
  if (timed_ || writing_) return;
  timed_ = true;
  (void)link_.after(gather_max, [this] {
    timed_ = false;
    write();
  });
}

void report_journal::write() {
  if (writing_) return;
  if (!batch_) {
    if (gathered_.empty()) return;
    batch_ = std::make_shared<const event_batch>(std::exchange(gathered_, {}));
  }
  writing_ = true;
  link_.ask(
      writer_,
      [&store = store_, &clock = link_.clock(), batch = batch_] {
        return store.add(*batch, std::chrono::floor<std::chrono::microseconds>(clock.wall()));
      },
      [this](const outcome<void>& ended) { written(ended); });
}

void report_journal::written(const outcome<void>& ended) {
  writing_ = false;
  if (ended) {
    figures_.note_stored(event_way::own, batch_->size());
    batch_.reset();
  } else {
    figures_.note_refused(event_way::own);
    const errc code = ended.error().code;
    if (draining_ || (code != errc::storage_full && code != errc::io_failed)) {
      figures_.dropped += batch_->size();
      batch_.reset();
    }
  }
  if (draining_) return finish_drain();
  if (waiting() > 0) gather();
}

void report_journal::drain(steady_time deadline, std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  (void)link_.after(std::max(deadline - link_.steady(), std::chrono::nanoseconds{0}), [this] {
    if (drained_) std::exchange(drained_, nullptr)();
  });
  link_.post([this] { finish_drain(); });
}

void report_journal::finish_drain() {
  write();
  if (!writing_ && drained_) std::exchange(drained_, nullptr)();
}

}  // namespace reprise
