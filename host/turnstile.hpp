// Turns by name: operations on one channel run one after the other, each until it says that it is
// over, however many tasks that takes.
//
// Errors   try_enter refuses where turns_waiting_max wait for that name
// Threads  the core executor
// Owns     the operations that wait
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace reprise {

class turnstile {
 public:
  static constexpr std::size_t turns_waiting_max = 64;

  // `run` begins at once where nobody is inside, else when those before it have left.
  [[nodiscard]] bool try_enter(const std::string& name, std::function<void()> run) {
    const auto [place, fresh] = inside_.try_emplace(name);
    if (!fresh) {
      if (place->second.size() >= turns_waiting_max) return false;
      place->second.push_back(std::move(run));
      return true;
    }
    run();
    return true;
  }
  void leave(const std::string& name) {
    const auto place = inside_.find(name);
    if (place->second.empty()) {
      inside_.erase(place);
      return;
    }
    const std::function<void()> next = std::move(place->second.front());
    place->second.pop_front();
    next();
  }
  // Of the name for which most wait.
  [[nodiscard]] std::size_t waiting() const noexcept {
    std::size_t most = 0;
    for (const auto& [name, run] : inside_) most = std::max(most, run.size());
    return most;
  }
  [[nodiscard]] bool is_empty() const noexcept { return inside_.empty(); }

 private:
  std::unordered_map<std::string, std::deque<std::function<void()>>> inside_;
};

}  // namespace reprise
