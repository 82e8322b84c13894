// Figures of the running service, as each part tells them: counters, gauges and histograms of
// times, without any metrics library.
//
// Shapes   names as Prometheus wants them: reprise_..., unit last, _total for counters; times in
//          seconds
// Threads  one at a time
// Source   https://prometheus.io/docs/practices/naming/
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace reprise {

// Times from 0.1 ms to 10 s, in buckets; closest where services promise: from 5 to 250 ms.
class latency_histogram {
 public:
  static constexpr std::array<double, 23> bounds = {
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.035,
      0.05,   0.075,   0.1,    0.15,  0.2,    0.25,  0.5,    1.0,  2.5,   5.0,  10.0};
  void add(double seconds) noexcept {
    std::size_t i = 0;
    while (i < bounds.size() && seconds > bounds[i]) ++i;
    ++counts_[i];
    sum_ += seconds;
  }
  // counts()[i] lie in (bounds[i-1], bounds[i]]; the last is what is greater than all.
  [[nodiscard]] const std::array<std::uint64_t, bounds.size() + 1>& counts() const noexcept {
    return counts_;
  }
  [[nodiscard]] double sum() const noexcept { return sum_; }

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  double sum_ = 0;
};

using metric_labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Takes what a part tells; the same name comes with the same help and kind, each set of labels
// once.
class metric_writer {
 public:
  virtual void counter(std::string_view name, std::string_view help, metric_labels labels,
                       double value) = 0;
  virtual void gauge(std::string_view name, std::string_view help, metric_labels labels,
                     double value) = 0;
  virtual void histogram(std::string_view name, std::string_view help, metric_labels labels,
                         const latency_histogram& value) = 0;

 protected:
  ~metric_writer() = default;
};

}  // namespace reprise
