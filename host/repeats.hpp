// Repeats of one channel: maximal runs of matches at one lag, made from all matches of every tick.
//
// Shapes   a repeat at lag L, whose first and last matching ticks are f and e, is the segment
//          [f - (R-1), e] and repeats [f - (R-1) - L, e - L]; both ends are inclusive. Its score is
//          the greatest of the run, in units of 1/bits^run
// Errors   none; asserted: times increase, lags of a tick increase and lie below 2^31
// Threads  one at a time
// Owns     finish_tick()'s span is valid until the next begin_tick(), open_repeats()'s likewise.
//          Memory: room for 16 bytes for each lag of the window, touched as lags match, and for
//          repeats_open_max repeats, all taken at construction
// Source   the rule, docs/design.md
//
// A tick is taken in three steps: begin_tick(time), visit() for its matches (as the visitor of
// matcher.hpp, or not at all where there are none), finish_tick(answer), which gives the repeats
// that this tick has closed. A tick that the matcher refused is begun and not finished. Ticks that
// are left out are gaps: they end every run.
//
// Opening. A run is opened at its first matching tick, and closed at the first later tick at which
// its lag does not match, or by a gap. At most repeats_open_max are open. When there would be more,
// the best stay: by greatest score so far, ties to the smaller lag. The others are counted by
// dropped(), and stay out until their runs end.
//
// Still content. In a still tick every second of the run is one picture, so it matches every other
// still second. No run is opened in such a tick. One repeat of the kind `still` spans the
// consecutive still ticks that have a match; its lag is that of the best match of its latest tick,
// so that its source moves with it; it is none of the repeats_open_max. Runs that were open before
// go on. At the first tick that is not still, a lag that goes on matching and whose run began in
// the still ticks just before is opened with its true first tick. Its score is then the greatest
// possible one if the run has reached that, and else the greatest since that tick: scores of still
// ticks below the greatest possible one are not kept.
//
// Once a picture has stood still for still_followed_seconds_max, only what is open is followed
// through the rest: all else that matches behind it begins there. A clip may open with a held
// picture; a frozen feed must not bring the whole window every second.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/match/matcher.hpp"

namespace reprise {

inline constexpr std::size_t repeats_open_max = 256;
inline constexpr std::int64_t still_followed_seconds_max = 60;

enum class repeat_kind { ordinary, still };

struct repeat {
  repeat_kind kind = repeat_kind::ordinary;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::uint32_t lag_seconds = 0;
  score_value score = 0;
  bool open = false;

  [[nodiscard]] std::int64_t source_start() const noexcept { return start - lag_seconds; }
  [[nodiscard]] std::int64_t source_end() const noexcept { return end - lag_seconds; }
  [[nodiscard]] std::int64_t seconds() const noexcept { return end - start + 1; }
  friend bool operator==(const repeat&, const repeat&) = default;
};

class repeat_tracker final : public match_visitor {
 public:
  // `lags_max` is the window: no lag is larger. Throws std::bad_alloc; nothing else does.
  repeat_tracker(const rule& by, std::uint32_t lags_max);

  void begin_tick(std::int64_t time);
  void visit(std::span<const match> piece) noexcept override;
  void begin_again() noexcept override { begin_tick(time_); }
  [[nodiscard]] bool wants_all_when_still() const noexcept override;
  [[nodiscard]] std::span<const std::uint32_t> watched_lags() const noexcept override {
    return open_lags_;
  }
  // What this tick has closed: ordinary repeats by lag, then the still one.
  [[nodiscard]] std::span<const repeat> finish_tick(const tick_result& answer);

  // Those open after the tick finished last, ordinary repeats by lag, then the still one.
  [[nodiscard]] std::span<const repeat> open_repeats();
  // Whether a tick of that time may begin.
  [[nodiscard]] bool can_begin(std::int64_t time) const noexcept {
    return !newest_ || time > *newest_;
  }
  // A new tracker that is to begin in mid-stream, behind the second `newest`: since when the
  // picture stood still then, if it did.
  void begin_behind(std::int64_t newest, std::optional<std::int64_t> still_since);
  // For a tracker that was begun anew in mid-stream, with the tick `begun`: what has been open
  // since then may be the rest of one of `known`, and gets its start and the greater score.
  void adopt(std::span<const repeat> known, std::int64_t begun);
  // Repeats that had no place among the open ones.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  // A lag that matches, opened or not.
  struct run {
    std::uint32_t lag : 31;
    std::uint32_t reached_max : 1;  // a score of the run was the greatest possible
    std::uint32_t ticks;            // matching ticks so far
  };
  struct open_run {
    std::uint32_t lag;
    std::int64_t first;  // matching tick
    std::int64_t last;
    score_value score;
  };

  void extend_open(const match& matched);
  void add_candidate(const run& going, score_value score);
  void close_ended();
  void open_candidates();
  void finish_still(const tick_result& answer);
  [[nodiscard]] repeat made_of(const open_run& of, repeat_kind kind, bool open) const;

  std::int64_t back_dated_;  // R - 1
  score_value score_max_;

  std::optional<std::int64_t> newest_;       // tick finished last
  std::optional<std::int64_t> still_since_;  // first of the still ticks up to newest_
  std::vector<run> runs_;                    // by lag, those that matched at newest_
  std::vector<open_run> open_;               // by lag
  std::vector<std::uint32_t> open_lags_;     // of open_
  std::optional<open_run> still_;
  std::uint64_t dropped_ = 0;

  // The tick being taken.
  std::int64_t time_ = 0;
  bool follows_ = false;              // the tick is the second after newest_
  std::int64_t candidates_from_ = 0;  // runs that began here or later are not opened yet
  std::size_t runs_taken_ = 0;        // of runs_, those at lags already visited
  std::size_t open_taken_ = 0;        // of open_, likewise
  std::vector<run> next_runs_;
  std::vector<open_run> candidates_;  // the best repeats_open_max, a heap with the worst on top
  std::uint64_t candidates_seen_ = 0;
  std::vector<repeat> given_;  // what the spans point to
};

// One line of JSON and its newline:
// {"channel","start","end","source_start","source_end","lag","seconds","score","open"}, and
// "kind":"still" behind these where it is. The channel's name needs no escapes.
void append_repeat_line(std::string& out, std::string_view channel, const repeat& written,
                        const rule& by);

}  // namespace reprise
