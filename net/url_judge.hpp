// The egress guard's word on a URL when it is registered.
//
// Shapes   a name that is not found, or not in time, passes: it is judged again at each use
// Errors   url_invalid; url_blocked
// Threads  the core executor; `done` is called there, maybe inside the call
// Source   bad input, URLs: docs/design.md
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "host/live_service.hpp"
#include "net/resolver.hpp"

namespace reprise {

inline constexpr std::chrono::milliseconds url_judge_wait_max{800};

// Both must outlive what is made.
[[nodiscard]] std::function<void(const std::string& url, done<void> done)> make_url_judge(
    resolver& names, scheduler& core);

}  // namespace reprise
