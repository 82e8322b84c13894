#include "tests/film_demo/changes.hpp"

#include <algorithm>
#include <cstring>

#include "host/match/agreement.hpp"

namespace reprise::film_demo {
namespace {

constexpr std::size_t prefix_bytes = rule{}.prefix_bits / 8;

}  // namespace

outcome<second_map> read_seconds(const std::string& film) {
  second_map seconds;
  const film_visitor visitor{.second = [&](const media::sampled_second& read) -> outcome<void> {
    seconds.emplace(static_cast<std::int64_t>(read.number), read.bits);
    return {};
  }};
  const auto end = read_film(film, {}, visitor);
  if (!end) return end.error();
  return seconds;
}

second_map changes_of(const second_map& seconds) {
  second_map changes;
  for (const auto& [second, current] : seconds) {
    const auto before = seconds.find(second - 1);
    if (before == seconds.end()) continue;
    bits& change = changes[second];
    for (std::size_t i = 0; i < change.size(); ++i) change[i] = current[i] ^ before->second[i];
  }
  return changes;
}

bool prefix_equal(const bits& a, const bits& b) {
  return std::equal(a.begin(), a.begin() + prefix_bytes, b.begin());
}

bool prefix_zero(const bits& change) {
  return prefix_equal(change, bits{});
}

double suffix_similarity(const bits& a, const bits& b) {
  constexpr rule by;
  std::array<std::uint64_t, by.suffix_words()> first, second;
  std::memcpy(first.data(), a.data() + prefix_bytes, sizeof first);
  std::memcpy(second.data(), b.data() + prefix_bytes, sizeof second);
  return static_cast<double>(agreement({first.data()}, {second.data()}, by)) / by.agreement_max();
}

void survival::add(const second_map& original, const second_map& altered, std::int64_t shift) {
  std::size_t run = 0;      // equal prefixes up to here
  std::size_t through = 0;  // comparable seconds up to here
  std::int64_t newest = 0;
  for (const auto& [second, change] : original) {
    const auto found = altered.find(second + shift);
    if (found == altered.end()) continue;
    const bool follows = through != 0 && second == newest + 1;
    newest = second;
    const bool same = prefix_equal(change, found->second);
    through = follows ? through + 1 : 1;
    run = same ? (follows ? run + 1 : 1) : 0;
    ++compared;
    if (same) ++equal;
    if (same) similarity_sum += suffix_similarity(change, found->second);
    if (through >= rule{}.run) ++runs;
    if (run >= rule{}.run) ++runs_equal;
  }
}

}  // namespace reprise::film_demo
