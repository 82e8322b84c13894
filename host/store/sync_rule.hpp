// The rule for failed syncs: what a disk refused to keep is never synced again on the same file and
// called good. The connection is closed and opened anew before anything else is written; a second
// failed sync within a minute means that the storage is lost, and the process must end.
//
// Errors   none; the one who asks turns lost() into errc::storage_lost
// Threads  one at a time; every connection of one writer shares one rule
// Source   faults, docs/design.md
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "host/clock.hpp"

namespace reprise {

class sync_rule {
 public:
  static constexpr std::chrono::seconds between_min{60};

  // `clock` must outlive the rule; without one, time is the system's.
  explicit sync_rule(const clock_source* clock = nullptr) noexcept : clock_{clock} {}

  void note_failed() noexcept {
    const steady_time now = clock_ ? clock_->steady() : system_clock_source{}.steady();
    if (last_ && now - *last_ < between_min) lost_ = true;
    last_ = now;
    ++failed_;
  }
  // Stays true once it is.
  [[nodiscard]] bool lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }

 private:
  const clock_source* clock_;
  std::optional<steady_time> last_;
  std::uint64_t failed_ = 0;
  bool lost_ = false;
};

}  // namespace reprise
