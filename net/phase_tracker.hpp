// When to ask one source: finds the moment of its second at which its answer changes, stays soon
// after it, and follows its drift. Moments and answers in, moments out.
//
// Shapes   steady time, so that steps of the wall clock do not touch it; a tick is given by the
//          moment at which it starts, and lasts a second
// Errors   none: a source that cannot be followed is asked at `spread` behind the start of the tick
// Threads  one at a time
// Owns     the last changes seen
//
// A tick has one own poll, whose answer is the tick's fingerprint, and now and then probes before
// it, whose answers only show when the source changed. At first, or when in doubt, probes go
// through a whole second; later a ladder of a few goes through the moments at which the next change
// is expected, each time less often, down to one ladder in ladder_interval_max ticks.
//
// Use for each tick: plan() gives the moment of the own poll; while next_probe() gives a moment
// before that, probe then, tell its answer and plan() again; ask; tell own_answer(), which may want
// the poll repeated a little later in the same tick.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "host/clock.hpp"
#include "host/fingerprint.hpp"
#include "net/change_window.hpp"

namespace reprise {

struct poll_answer {
  steady_time asked;
  steady_time received;
  fingerprint bits;
};

class phase_tracker {
 public:
  static constexpr int repeats_max = 2;           // of an own poll within its tick
  static constexpr int search_probes_max = 6;     // in the second of a search
  static constexpr int ladder_probes_max = 3;     // around one expected change
  static constexpr int ladder_interval_max = 90;  // in ticks
  static constexpr int search_interval_max = 120;
  // Own polls leave at the latest so long before their tick ends.
  static constexpr std::chrono::milliseconds tick_end_guard{10};

  explicit phase_tracker(std::chrono::nanoseconds spread) : spread_{spread} {}

  // The moment of this tick's own poll; none where no second of the source falls to this tick,
  // since the two have slid past each other.
  [[nodiscard]] std::optional<steady_time> plan(steady_time tick_start);
  // The moment of a probe, at `now` or later, that leaves the own poll its time.
  [[nodiscard]] std::optional<steady_time> next_probe(steady_time now, steady_time own_poll);
  void probe_answer(const poll_answer& answer);
  void probe_failed();
  // When to repeat the own poll; none: the answer is the tick's.
  [[nodiscard]] std::optional<steady_time> own_answer(const poll_answer& answer,
                                                      steady_time tick_start);
  void own_failed();

  [[nodiscard]] bool known() const noexcept { return !changes_.empty(); }
  [[nodiscard]] double drift() const noexcept { return changes_.drift(); }
  [[nodiscard]] std::uint64_t contradictions() const noexcept { return changes_.contradictions(); }

 private:
  enum class seen { first, same, change, bracket };
  enum class ending { found, late, open };
  // Probes that are on their way: `left` from `next` on, every `step`.
  struct series {
    bool searching = false;
    int left = 0;
    double next = 0;
    double step = 0;
  };

  [[nodiscard]] double seconds(steady_time moment) const noexcept;
  [[nodiscard]] steady_time moment(double seconds) const noexcept;
  [[nodiscard]] seen note(const poll_answer& answer);
  void begin_series(double now, double own_poll);
  void end_series(ending how);
  void forget();
  [[nodiscard]] bool may_repeat(const poll_answer& answer, steady_time tick_start) const;

  std::chrono::nanoseconds spread_;
  std::optional<steady_time> beginning_;
  change_window changes_;

  // The newest content, and until when it was seen to stand.
  fingerprint content_{};
  double content_asked_ = 0;
  std::int64_t bracket_index_ = 0;  // of the change that note() found
  double answer_delay_ = 0;         // the longest of late

  std::optional<fingerprint> own_;  // of the last tick that had an answer
  bool changing_ = true;            // it differed from the one before it
  std::int64_t read_index_ = 0;     // of the last content read by an own poll
  std::int64_t planned_index_ = 0;
  int repeats_ = 0;
  int repeat_credit_ = 0;  // own polls that pay for the next repeat

  series probes_;
  bool probing_ = false;
  std::int64_t answers_ = 0;      // of own polls
  std::int64_t next_series_ = 0;  // counted in answers_
  int searches_failed_ = 0;
  int ladders_late_ = 0;
  int ladders_open_ = 0;
  int late_changes_ = 0;  // since the last one that a probe saw
};

}  // namespace reprise
