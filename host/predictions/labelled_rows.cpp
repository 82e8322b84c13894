#include "host/predictions/labelled_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

using unit_row = std::array<float, features_count>;

// Divided by its greatest number first, so that no square is lost or infinite.
std::optional<unit_row> unit_of(const std::array<double, features_count>& numbers) {
  double greatest = 0;
  for (const double each : numbers) greatest = std::max(greatest, std::abs(each));
  if (greatest == 0) return {};
  double squares = 0;
  for (const double each : numbers) squares += (each / greatest) * (each / greatest);
  const double length = std::sqrt(squares);
  unit_row made;
  for (std::size_t i = 0; i < made.size(); ++i) {
    made[i] = static_cast<float>(numbers[i] / greatest / length);
  }
  return made;
}

// Sixteen sums side by side, which the compiler keeps in vectors.
float dot(const float* row, const float* query) noexcept {
  constexpr std::size_t lanes = 16;
  std::array<float, lanes> sums{};
  for (std::size_t i = 0; i < features_count; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      sums[lane] += row[i + lane] * query[i + lane];
    }
  }
  for (std::size_t width = lanes / 2; width > 0; width /= 2) {
    for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  }
  return sums[0];
}

}  // namespace

bool labelled_rows::add(const std::string& label, const feature_vector& features) {
  const auto unit = unit_of(features);
  if (!unit) return false;
  const auto [at, is_new] = known_.try_emplace(label, static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.push_back(label);
  numbers_.insert(numbers_.end(), unit->begin(), unit->end());
  labels_.push_back(at->second);
  return true;
}

std::vector<labelled_rows::neighbour> labelled_rows::nearest(const picture_descriptor& to,
                                                             std::size_t count_max) const {
  REPRISE_ASSERT(size() > 0 && count_max > 0);
  const unit_row query = unit_of(to).value_or(unit_row{});
  std::vector<neighbour> best;
  best.reserve(count_max + 1);
  for (std::uint32_t row = 0; row < size(); ++row) {
    const float similarity = dot(&numbers_[row * features_count], query.data());
    if (best.size() == count_max && similarity <= best.back().similarity) continue;
    // Behind those that are as near: they were added before.
    const auto at = std::find_if(best.begin(), best.end(), [&](const neighbour& other) {
      return other.similarity < similarity;
    });
    best.insert(at, {similarity, row});
    if (best.size() > count_max) best.pop_back();
  }
  return best;
}

classification vote(const labelled_rows& rows, std::span<const labelled_rows::neighbour> nearest) {
  REPRISE_ASSERT(!nearest.empty());
  struct candidate {
    const std::string* label;
    std::size_t votes;
  };
  std::vector<candidate> candidates;  // by their nearest
  for (const auto& each : nearest) {
    const std::string& label = rows.label_of(each.row);
    const auto at = std::find_if(candidates.begin(), candidates.end(),
                                 [&](const candidate& other) { return *other.label == label; });
    if (at == candidates.end()) {
      candidates.push_back({&label, 1});
    } else {
      ++at->votes;
    }
  }
  const auto winner =
      std::max_element(candidates.begin(), candidates.end(),
                       [](const auto& a, const auto& b) { return a.votes < b.votes; });
  return {*winner->label, static_cast<double>(winner->votes) / static_cast<double>(nearest.size())};
}

}  // namespace reprise
