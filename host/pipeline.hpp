// The way of a batch: at once to the history's disk and to the engine; when both are done, in the
// order in which batches came, what it leaves behind goes to the state's disk; when that is
// durable, its reports are handed over to be posted, and its events are told.
//
// Shapes   passages finish in the order of submit(), so that the records and reports of a channel
//          keep its ticks' order
// Errors   a full or failing disk delays; what disk_queue.hpp gives up is a gap (disk) of all its
//          channels, and nothing is concluded from it but that repeats have ended
// Threads  the core executor
// Owns     the passages on their way, the records that wait for the state's disk
// Source   the way of one second, storage and delivery, docs/design.md
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "host/disk_queue.hpp"
#include "host/live_core.hpp"

namespace reprise {

// What one tick leaves behind, and what is to be done when that is durable.
struct kept_tick {
  tick_record record;
  gap_reason reason = gap_reason::none;
  bool told = true;
  bool answers = true;           // a caller may ask for it
  std::int64_t delivery_id = 0;  // written on the state executor
};
using shared_kept = std::shared_ptr<kept_tick>;

class pipeline {
 public:
  // On their way at once; beyond, ticks are gaps (overload).
  static constexpr std::size_t passages_max = 65'536;

  using answer_hook = std::function<void(const channel_lane&, const stored_tick&,
                                         const tick_context&, const engine_answer&)>;

  explicit pipeline(live_core& core);
  // Hears of each tick that the engine has answered, once it is durable.
  void on_answer(answer_hook heard) { answered_ = std::move(heard); }

  // A batch of arrivals; each of its lanes has counted it as a passage.
  void submit(shared_passage batch);
  // Ticks of one channel that are on disk already; `matched` hears when the engine has stepped
  // them.
  void submit_stored(shared_passage stored, std::function<void()> matched);
  // A record without a tick on its way: repeats that ended with their settings.
  void keep(tick_record record);
  // Ticks that were left out, since their seconds had other bytes by then.
  void count_conflict() { ++conflicts_; }
  // A tick that will not be answered: whoever waits for it hears why.
  void refuse(channel_lane& lane, std::int64_t time, const failure& why);
  // Who brings a lane's history back that was lost with its device: told once nothing that asks it
  // is on its way.
  void on_loss(std::function<void(channel_lane&)> told) { lost_ = std::move(told); }
  // The lane's slot is lost: its ticks go to the disk alone until it has another one.
  void lose(channel_lane& lane, engine_slot slot);

  // Writes in turn with the batches and the records.
  template <typename T>
  void write_history(std::function<outcome<T>(history_writer&)> work, done<T> then) {
    write<T>(
        history_, [&at = *core_.parts.history_at.writer, work] { return work(at); }, then);
  }
  template <typename T>
  void write_state(std::function<outcome<T>(state_writer&)> work, done<T> then) {
    write<T>(
        state_, [&at = *core_.parts.state_at.writer, work] { return work(at); }, then);
  }
  void record(const outage& added);
  void forget(channel_number channel);

  [[nodiscard]] bool is_idle() const {
    return passages_.empty() && history_.is_idle() && state_.is_idle();
  }
  [[nodiscard]] bool is_disk_idle() const { return history_.is_idle() && state_.is_idle(); }
  [[nodiscard]] bool is_full() const { return passages_.size() >= passages_max; }
  [[nodiscard]] std::size_t batches_waiting() const { return passages_.size(); }
  [[nodiscard]] std::size_t records_waiting() const { return state_.items(); }
  [[nodiscard]] const std::optional<failure>& history_fault() const { return history_.fault(); }
  [[nodiscard]] const std::optional<failure>& state_fault() const { return state_.fault(); }
  void reconfigure();
  void write_metrics(metric_writer& into) const;

 private:
  template <typename T, typename Queue, typename Work>
  void write(Queue& queue, Work work, done<T> then) {
    const auto answer = std::make_shared<std::optional<outcome<T>>>();
    queue.run(
        [work, answer]() -> outcome<void> {
          answer->emplace(work());
          if (!**answer) return (*answer)->error();
          return {};
        },
        [answer, then = std::move(then)](const outcome<void>& ended) {
          if (!ended) return then(ended.error());  // refused, perhaps before it was tried
          then(std::move(**answer));
        });
  }

  [[nodiscard]] disk_queue<shared_passage>::hooks history_hooks();
  [[nodiscard]] disk_queue<shared_kept>::hooks state_hooks();
  void step(const shared_passage& stepped, std::function<void()> then);
  void made_durable(passage& batch);
  void give_up(passage& batch);
  void record_given_up();
  void advance();
  void finish(passage& ended);
  void close_lost(const channel_lane& lane, const stored_tick& tick, engine_answer& answered);
  void finish_tick(channel_lane& lane, const stored_tick& tick, const tick_context& context,
                   engine_answer& answer);
  [[nodiscard]] std::optional<delivery> report_of(const channel_lane& lane, const stored_tick& tick,
                                                  const tick_context& context,
                                                  const std::vector<stored_match>& best) const;
  void keep_unmatched(channel_lane& lane, const stored_tick& tick, const tick_context& context);
  void show_still(channel_entry& entry, std::optional<std::int64_t> since, bool told);
  void leave_out_lost(const channel_lane& lane, std::int64_t time, engine_answer& answer) const;
  void made_durable(kept_tick& kept);
  void tell(const kept_tick& kept, const channel_entry& entry);
  void answer(channel_lane& lane, const kept_tick& kept);

  live_core& core_;
  answer_hook answered_;
  std::deque<shared_passage> passages_;
  std::optional<outage> given_up_;
  std::function<void(channel_lane&)> lost_ = [](channel_lane&) {};
  latency_histogram durable_seconds_;
  latency_histogram match_seconds_;
  std::uint64_t batches_ = 0;
  std::uint64_t batch_ticks_ = 0;
  std::uint64_t matches_ = 0;
  std::uint64_t reports_ = 0;
  std::uint64_t repeats_ = 0;
  std::uint64_t searched_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t refused_ = 0;
  std::atomic<std::uint64_t> conflicts_{0};  // counted on the history executor
  disk_queue<shared_passage> history_;
  disk_queue<shared_kept> state_;
};

}  // namespace reprise
