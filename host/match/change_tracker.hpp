// The change vectors of one channel as its ticks come: C_t = B_t xor B_{t-1}, and how long the run
// of them is.
//
// Shapes   a change vector is rule.words() words, its prefix first
// Errors   begin: time_not_increasing, fingerprint_malformed, with nothing changed
// Threads  one at a time
// Owns     B of the newest second and C of the tick that is being taken; a tick allocates nothing
//
// A tick is taken in two steps: begin() computes, finish() counts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/match/matcher.hpp"

namespace reprise {

class change_tracker {
 public:
  change_tracker(const rule& by, still_policy still);

  [[nodiscard]] std::optional<errc> begin(const tick& taken) noexcept;
  void finish(const tick& taken) noexcept;

  // Of the tick that has begun last: whether it has a change vector, and which.
  [[nodiscard]] bool has_change() const noexcept { return has_change_; }
  [[nodiscard]] const std::uint64_t* change() const noexcept { return change_.data(); }

  [[nodiscard]] std::int64_t newest_time() const noexcept { return newest_time_; }
  // Change vectors in a row up to the newest second, at most the run.
  [[nodiscard]] std::uint32_t present() const noexcept { return present_; }
  // Every change vector of the run is zero.
  [[nodiscard]] bool is_still() const noexcept { return still_ >= rule_.run; }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return (fingerprint_.capacity() + change_.capacity()) * sizeof(std::uint64_t);
  }

 private:
  rule rule_;
  still_policy policy_;
  std::int64_t newest_time_ = -1;
  std::int64_t fingerprint_time_ = -2;
  std::uint32_t present_ = 0;
  std::uint32_t still_ = 0;  // of those, zeros in a row
  bool has_change_ = false;
  bool is_zero_ = false;
  std::vector<std::uint64_t> fingerprint_;  // B_t of fingerprint_time_
  std::vector<std::uint64_t> change_;       // C_t, between begin and finish
};

}  // namespace reprise
