// When a source changes its answer: the last changes that were seen between two polls, and what
// they say of the next one.
//
// Shapes   moments in seconds since any fixed beginning; change k happens near k + a phase that
//          drifts. A bracket is (asked while the old answer stood, received the new one]
// Errors   none; asserted: lo <= hi
// Threads  one at a time
// Owns     the last brackets_max brackets
//
// Two estimates stand beside each other. The certain one holds for every source that keeps what is
// promised (changes within jitter_max of its grid, drift within drift_max): each bracket alone says
// where the grid can be. The seen one follows what this source did. The earlier one to ask wins.
// The drift is the median of the slopes between brackets (Theil and Sen), so that a stray change
// does not bend it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace reprise {

class change_window {
 public:
  static constexpr double jitter_max = 0.1;
  static constexpr double delay_max = 0.1;     // from asking to the answer
  static constexpr double drift_max = 600e-6;  // the source's 500 ppm, and some of ours
  static constexpr std::size_t brackets_max = 24;

  // Takes one more change, and gives its number. One that cannot be of the same grid as those
  // before it puts them aside: `contradictions` counts that.
  std::int64_t add(double lo, double hi);
  void forget();

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t contradictions() const noexcept { return contradictions_; }
  [[nodiscard]] double drift() const noexcept { return drift_; }
  [[nodiscard]] std::int64_t newest() const noexcept { return newest_; }

  // Of change k, in seconds behind k. Asked from ask_phase() on, the new answer is there; until
  // end_phase() the one after it is not. No change comes before first_phase(). Not when empty().
  [[nodiscard]] double ask_phase(std::int64_t k) const noexcept;
  [[nodiscard]] double first_phase(std::int64_t k) const noexcept;
  [[nodiscard]] double end_phase(std::int64_t k) const noexcept {
    return first_phase(k) + 1 - delay_max;
  }
  // The change whose moment is nearest.
  [[nodiscard]] std::int64_t nearest(double moment) const noexcept;
  // How far drift may have carried the grid since the newest bracket.
  [[nodiscard]] double doubt(double moment) const noexcept;

 private:
  struct bracket {
    double lo = 0;
    double hi = 0;
    std::int64_t index = 0;
    [[nodiscard]] double middle() const noexcept { return (lo + hi) / 2; }
  };

  [[nodiscard]] bool contradicts(const bracket& added) const noexcept;
  void refit();
  void fit_drift();
  [[nodiscard]] double median_slope(std::int64_t least_distance) const;

  std::array<bracket, brackets_max> brackets_{};
  std::size_t size_ = 0;
  std::size_t next_ = 0;  // where the next one goes
  std::uint64_t contradictions_ = 0;
  double drift_ = 0;
  double drift_error_ = drift_max;
  // At change `newest_`, as phases.
  std::int64_t newest_ = 0;
  double certain_latest_ = 0;    // the grid lies before this
  double certain_earliest_ = 0;  // and behind this
  double seen_latest_ = 0;
  double seen_earliest_ = 0;
  double slack_ = 0;  // what brackets as wide as these leave open
};

}  // namespace reprise
