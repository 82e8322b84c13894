#include "host/match/reference_query.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "host/match/agreement.hpp"
#include "host/match/assert.hpp"

namespace reprise {
namespace {

bool all_zero(std::span<const std::uint64_t> checked) {
  return std::all_of(checked.begin(), checked.end(), [](std::uint64_t word) { return word == 0; });
}

}  // namespace

bool make_change(std::span<const std::uint64_t> current, std::span<const std::uint64_t> before,
                 still_policy still, std::span<std::uint64_t> made) {
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = current[i] ^ before[i];
  return still != still_policy::skip || !all_zero(made);
}

std::uint32_t agreement_at(const change_vectors& history, const rule& by, std::int64_t t,
                           std::int64_t d) {
  const std::uint64_t* mine = history.find(t);
  const std::uint64_t* theirs = history.find(d);
  if (mine == nullptr || theirs == nullptr) return 0;
  const std::uint32_t prefix = by.prefix_words();
  if (!std::equal(mine, mine + prefix, theirs)) return 0;
  return agreement({mine + prefix}, {theirs + prefix}, by);
}

score_value score_at(const change_vectors& history, const rule& by, std::int64_t t,
                     std::int64_t d) {
  std::uint32_t agreements[run_max] = {};
  for (std::uint32_t i = 0; i < by.run; ++i) {
    agreements[i] = agreement_at(history, by, t - i, d - i);
    if (agreements[i] == 0) return 0;
  }
  return match_score(agreements, by.run);
}

bool is_still_at(const change_vectors& history, const rule& by, std::int64_t t) {
  for (std::uint32_t i = 0; i < by.run; ++i) {
    const std::uint64_t* change = history.find(t - i);
    if (change == nullptr || !all_zero({change, by.words()})) return false;
  }
  return true;
}

void find_matches(const change_vectors& history, const rule& by, std::int64_t t, lag_range lags,
                  score_value limit, std::vector<match>& into) {
  for (std::uint32_t lag = lags.least; lag <= lags.greatest; ++lag) {
    const score_value score = score_at(history, by, t, t - lag);
    if (score > limit) into.push_back({lag, score});
  }
}

void keep_best(std::vector<match>& all, std::uint32_t top_k) {
  std::sort(all.begin(), all.end(), ranks_before);
  all.resize(std::min<std::size_t>(all.size(), top_k));
}

change_span::change_span(const rule& by, still_policy still, std::int64_t first, std::int64_t last)
    : rule_{by},
      still_{still},
      first_{first},
      last_{last},
      before_(by.words()),
      current_(by.words()) {
  REPRISE_ASSERT(first <= last);
  const auto seconds = static_cast<std::size_t>(last - first + 1);
  changes_.resize(seconds * by.words());
  present_.resize(seconds);
}

void change_span::add(std::int64_t time, std::span<const std::byte> bits) {
  REPRISE_ASSERT(bits.size() == rule_.bytes());
  REPRISE_ASSERT(time >= first_ && time <= last_);
  REPRISE_ASSERT(!newest_ || *newest_ < time);
  std::memcpy(current_.data(), bits.data(), bits.size());
  if (newest_ && *newest_ + 1 == time) {
    const auto row = static_cast<std::size_t>(time - first_);
    const std::span made{changes_.data() + row * rule_.words(), rule_.words()};
    present_[row] = make_change(current_, before_, still_, made);
  }
  std::swap(before_, current_);
  newest_ = time;
}

const std::uint64_t* change_span::find(std::int64_t time) const {
  if (time < first_ || time > last_) return nullptr;
  const auto row = static_cast<std::size_t>(time - first_);
  return present_[row] ? changes_.data() + row * rule_.words() : nullptr;
}

}  // namespace reprise
