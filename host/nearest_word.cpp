#include "host/nearest_word.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace reprise {
namespace {

constexpr std::size_t letters_max = 64;  // what is longer is nobody's slip

std::size_t distance_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view typed,
                                             std::span<const std::string_view> known) {
  if (typed.size() > letters_max) return {};
  std::optional<std::string_view> nearest;
  std::size_t least = 0;
  for (const std::string_view word : known) {
    const std::size_t distance = distance_between(typed, word);
    if (distance > std::max<std::size_t>(1, word.size() / 3)) continue;
    if (nearest && distance >= least) continue;
    nearest = word;
    least = distance;
  }
  return nearest;
}

}  // namespace reprise
