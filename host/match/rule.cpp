#include "host/match/rule.hpp"

#include <cmath>

namespace reprise {

std::optional<parameter_error> out_of_range(const rule& checked) noexcept {
  if (checked.bits < 2 * bits_step || checked.bits > bits_max || checked.bits % bits_step != 0) {
    return parameter_error{"bits", "a multiple of 64 from 128 to 8192"};
  }
  if (checked.prefix_bits < bits_step || checked.prefix_bits > checked.bits - bits_step ||
      checked.prefix_bits % bits_step != 0) {
    return parameter_error{"prefix_bits", "a multiple of 64 from 64 to bits - 64"};
  }
  if (checked.run < 1 || checked.run > run_max) {
    return parameter_error{"run", "1 to 5"};
  }
  return std::nullopt;
}

std::optional<parameter_error> out_of_range(const search_settings& checked) noexcept {
  if (checked.window_seconds < 1 || checked.window_seconds > window_seconds_max) {
    return parameter_error{"window_seconds", "1 to 604800"};
  }
  if (checked.top_k < 1 || checked.top_k > top_k_max) {
    return parameter_error{"top_k", "1 to 100"};
  }
  if (checked.min_lag_seconds < 1 || checked.min_lag_seconds > checked.window_seconds) {
    return parameter_error{"min_lag_seconds", "1 to window_seconds"};
  }
  if (!std::isfinite(checked.threshold) || checked.threshold < 0) {
    return parameter_error{"threshold", "a finite number of at least 0"};
  }
  return std::nullopt;
}

}  // namespace reprise
