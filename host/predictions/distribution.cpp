#include "host/predictions/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

bool are_shares(const std::vector<double>& outputs) {
  const double sum = std::accumulate(outputs.begin(), outputs.end(), 0.0);
  return std::abs(sum - 1) <= share_tolerance &&
         std::all_of(outputs.begin(), outputs.end(),
                     [](double each) { return share_of(each).has_value(); });
}

}  // namespace

std::optional<double> share_of(double given) noexcept {
  if (!(given >= -share_tolerance && given <= 1 + share_tolerance)) return {};
  return std::clamp(given, 0.0, 1.0);
}

void make_distribution(std::vector<double>& outputs) {
  REPRISE_ASSERT(!outputs.empty());
  if (are_shares(outputs)) {
    for (double& each : outputs) each = std::clamp(each, 0.0, 1.0);
    return;
  }
  const double greatest = *std::max_element(outputs.begin(), outputs.end());
  double sum = 0;
  for (double& each : outputs) sum += each = std::exp(each - greatest);
  for (double& each : outputs) each /= sum;
}

}  // namespace reprise
