// How many seconds of a channel's window have a change vector: what can be searched now.
//
// Shapes   seconds come with increasing times; those left out are gaps
// Errors   throws std::bad_alloc at construction
// Threads  one at a time
// Owns     a bit for each second of the window
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace reprise {

class searchable_seconds {
 public:
  explicit searchable_seconds(std::uint32_t window_seconds) : present_(window_seconds) {}

  // The second has a change vector or not; time bounded by the window.
  void add(std::int64_t time, bool has_change) {
    const auto window = static_cast<std::int64_t>(present_.size());
    for (std::int64_t t = std::max(newest_ + 1, time - window + 1); t <= time; ++t) set(t, false);
    newest_ = time;
    if (has_change) set(time, true);
  }
  [[nodiscard]] std::int64_t count() const noexcept { return count_; }

 private:
  void set(std::int64_t time, bool has_change) {
    const auto row = static_cast<std::size_t>(time) % present_.size();
    if (present_[row]) --count_;
    if (has_change) ++count_;
    present_[row] = has_change;
  }

  std::vector<bool> present_;
  std::int64_t newest_ = -1;
  std::int64_t count_ = 0;
};

}  // namespace reprise
