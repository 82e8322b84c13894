// Keeps away from a server that fails again and again: after failures_max failures in a row nothing
// is asked of it for a while; then one request is let through, and its end decides.
//
// Shapes   begin() gives a ticket, and how that request ended is told with it: those that began
//          before the breaker last changed have no say any more
// Errors   none
// Threads  one at a time
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "host/clock.hpp"

namespace reprise {

class circuit_breaker {
 public:
  enum class state { closed, half_open, open };  // half open: the one request is under way

  circuit_breaker(std::uint32_t failures_max, std::chrono::milliseconds pause)
      : failures_max_{failures_max}, pause_{pause} {}
  void reconfigure(std::uint32_t failures_max, std::chrono::milliseconds pause) {
    failures_max_ = failures_max;
    pause_ = pause;
  }

  // Nothing: stay away.
  [[nodiscard]] std::optional<std::uint64_t> begin(steady_time now) {
    if (!may_begin(now)) return std::nullopt;
    if (state_ == state::open) change(state::half_open);
    return turn_;
  }
  [[nodiscard]] bool may_begin(steady_time now) const {
    return state_ == state::closed || (state_ == state::open && now >= until_);
  }
  void succeeded(std::uint64_t ticket) {
    if (ticket != turn_) return;
    failures_ = 0;
    if (state_ == state::half_open) change(state::closed);
  }
  void failed(std::uint64_t ticket, steady_time now) {
    if (ticket != turn_) return;
    ++failures_;
    if (state_ == state::closed && failures_ < failures_max_) return;
    change(state::open);
    until_ = now + pause_;
  }

  // That request says nothing of the server: where it was the one, the next one is.
  void undecided(std::uint64_t ticket) {
    if (ticket == turn_ && state_ == state::half_open) change(state::open);
  }

  [[nodiscard]] state now() const noexcept { return state_; }
  [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }  // in a row
  // While it is open: until it may be asked again, and zero from then on.
  [[nodiscard]] std::chrono::nanoseconds left(steady_time now) const {
    return state_ == state::open && until_ > now ? until_ - now : std::chrono::nanoseconds{0};
  }

 private:
  void change(state to) {
    state_ = to;
    ++turn_;
  }

  std::uint32_t failures_max_;
  std::chrono::milliseconds pause_;
  state state_ = state::closed;
  std::uint32_t failures_ = 0;
  std::uint64_t turn_ = 1;
  steady_time until_{};
};

}  // namespace reprise
