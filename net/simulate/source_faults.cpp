#include "net/simulate/source_faults.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "host/number.hpp"
#include "net/option_values.hpp"
#include "net/simulate/broadcast.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, source_faults> words = {
    "none", "slow",     "hang", "drip",     "length",     "status", "reset",   "chunking",
    "huge", "redirect", "gzip", "leftover", "frame-time", "drift",  "flapping"};

constexpr std::uint64_t draw_of_order = 0x0fa1;

failure not_faults(std::string_view text) {
  std::string kinds;
  for (const std::string_view word : std::span{words}.subspan(1)) {
    kinds.append(kinds.empty() ? "" : ", ").append(word);
  }
  return bad_option(
      "--faults", text,
      "KIND=SHARE,... with shares above 0 and at most 1 in all, each KIND once of " + kinds);
}

}  // namespace

std::string_view to_string(source_fault fault) noexcept {
  return words[static_cast<std::size_t>(fault)];
}

outcome<std::vector<fault_share>> parse_faults(std::string_view text) {
  std::vector<fault_share> shares;
  double sum = 0;
  for (std::string_view left = text; !left.empty() || shares.empty();) {
    const std::string_view part = left.substr(0, left.find(','));
    left.remove_prefix(std::min(left.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return not_faults(text);
    const auto* const word = std::find(words.begin() + 1, words.end(), part.substr(0, equals));
    const auto share = parse_real(part.substr(equals + 1));
    if (word == words.end() || !share || !(*share > 0)) return not_faults(text);
    const auto fault = static_cast<source_fault>(word - words.begin());
    if (std::any_of(shares.begin(), shares.end(),
                    [&](const fault_share& given) { return given.fault == fault; })) {
      return not_faults(text);
    }
    shares.push_back({fault, *share});
    sum += *share;
  }
  if (sum > 1 + 1e-9 || text.ends_with(',')) return not_faults(text);
  return shares;
}

std::vector<source_fault> assign_faults(const std::vector<fault_share>& shares,
                                        std::uint32_t channels, std::uint64_t seed) {
  std::vector<std::uint32_t> order(channels);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return seeded_draw(seed, draw_of_order, a) < seeded_draw(seed, draw_of_order, b);
  });
  std::vector<source_fault> faults(channels, source_fault::none);
  std::size_t next = 0;
  for (const fault_share& given : shares) {
    const auto wanted = static_cast<std::size_t>(std::lround(given.share * channels));
    for (std::size_t i = 0; i < std::max<std::size_t>(1, wanted) && next < channels; ++i) {
      faults[order[next++]] = given.fault;
    }
  }
  return faults;
}

}  // namespace reprise
