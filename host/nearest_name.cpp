#include "host/nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace reprise {
namespace {

constexpr std::size_t letters_max = 64;  // longer ones are nobody's slip

// How many letters must be added, dropped or replaced.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view typed, std::span<const std::string_view> known) {
  if (typed.size() > letters_max) return {};
  std::string_view nearest;
  std::size_t least = std::min<std::size_t>(2, typed.size() / 3) + 1;
  for (const std::string_view name : known) {
    const std::size_t differing = distance(typed, name);
    if (differing >= least) continue;
    least = differing;
    nearest = name;
  }
  return nearest;
}

}  // namespace reprise
