// Tells the log of writes that fail: one line when it begins, and one when they succeed again.
//
// Shapes   `what` names a kind of writes, by a literal
// Errors   none
// Threads  the core executor
// Owns     which kinds fail now
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "host/failure.hpp"
#include "host/log.hpp"

namespace reprise {

class fault_log {
 public:
  explicit fault_log(log_teller log) : log_{std::move(log)} {}

  void failed(std::string_view what, const failure& why) {
    if (!failing_.insert(what).second) return;
    log_(log_level::warning, "writes fail", {{"what", std::string{what}}, {"why", why.what}});
  }
  void succeeded(std::string_view what) {
    if (failing_.erase(what) == 0) return;
    log_(log_level::info, "writes succeed again", {{"what", std::string{what}}});
  }
  // For a write whose failure concerns nobody else.
  [[nodiscard]] std::function<void(const outcome<void>&)> ignore_but_log(std::string_view what) {
    return [this, what](const outcome<void>& ended) {
      ended ? succeeded(what) : failed(what, ended.error());
    };
  }

 private:
  log_teller log_;
  std::set<std::string_view> failing_;
};

}  // namespace reprise
