// Durations measured one by one, and what a table says of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

namespace reprise::bench {

class samples {
 public:
  template <typename Work>
  void time(Work&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const auto end = std::chrono::steady_clock::now();
    seconds_.push_back(std::chrono::duration<double>(end - begin).count());
  }
  [[nodiscard]] double sum() const {
    return std::accumulate(seconds_.begin(), seconds_.end(), 0.0);
  }
  [[nodiscard]] double mean() const { return sum() / static_cast<double>(seconds_.size()); }
  [[nodiscard]] double median() { return quantile(0.5); }
  [[nodiscard]] double quantile(double q) {
    std::sort(seconds_.begin(), seconds_.end());
    return seconds_[static_cast<std::size_t>(q * static_cast<double>(seconds_.size() - 1))];
  }

 private:
  std::vector<double> seconds_;
};

}  // namespace reprise::bench
