// The sampling schedule: pictures with presentation times in, one mean picture for each second out.
//
// Shapes   second i is [i, i + 1) s of presentation time. A picture is on screen from its time to
//          the next one's, but over a hole of more than hold_us_max no longer than its own stated
//          duration; the last one for its stated duration. A second's mean is weighted by the time
//          that each picture was on screen in it. A second is sampled where pictures were on screen
//          for at least half of it; every other second is a gap
// Errors   none; asserted: times do not decrease
// Threads  one at a time; the visitor is called inside add() and finish(), in order of seconds
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "host/media/frame_clock.hpp"
#include "host/media/luma_picture.hpp"

namespace reprise {

// A stream may show one picture for long (slides, a still camera): within this it is no gap.
inline constexpr std::int64_t hold_us_max = 10 * second_us;
inline constexpr std::int64_t covered_us_min = second_us / 2;

struct timed_picture {
  std::int64_t time_us = 0;
  std::int64_t duration_us = 0;  // as stated, or the stream's usual one
  luma_picture luma;
};

class second_sampler {
 public:
  // Called with the number of the second and its mean picture.
  using visitor = std::function<void(std::int64_t second, const luma_picture& mean)>;

  explicit second_sampler(visitor sampled);

  void add(const timed_picture& shown);
  void finish();

  // When the last picture that was added leaves the screen.
  [[nodiscard]] std::int64_t end_us() const noexcept { return end_us_; }

 private:
  void show_until(std::int64_t time_us);
  void close_second();

  visitor sampled_;
  std::unique_ptr<timed_picture> current_;
  std::int64_t end_us_ = 0;
  std::int64_t second_ = 0;      // the one being gathered
  std::int64_t covered_us_ = 0;  // of that second
  std::array<double, luma_cells> sum_{};
};

// The whole seconds of a film that ends at `end_us`: the last one counts from half of it on.
[[nodiscard]] constexpr std::int64_t seconds_until(std::int64_t end_us) noexcept {
  return (end_us + second_us - covered_us_min) / second_us;
}

}  // namespace reprise
