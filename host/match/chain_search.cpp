#include "host/match/chain_search.hpp"

#include <algorithm>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

// Which of the run's seconds has the prefix that fewest seconds share.
std::uint32_t rarest(const history& searched, const query_run& query, const rule& by) noexcept {
  std::uint32_t least = 0;
  for (std::uint32_t i = 1; i < by.run; ++i) {
    if (searched.prefixes().count(query.ids[i]) < searched.prefixes().count(query.ids[least])) {
      least = i;
    }
  }
  return least;
}

// The seconds at which all prefixes of the run agree, in order of increasing lag.
void gather(const history& searched, const query_run& query, lag_range lags, const rule& by,
            std::vector<chain_candidate>& gathered) {
  const std::uint32_t walked = rarest(searched, query, by);
  std::uint32_t slot = searched.slot_back(walked);
  std::uint32_t lag = 0;
  for (;;) {
    const std::uint32_t distance = searched.distance(slot);
    if (distance == 0 || distance > lags.greatest - lag) return;
    lag += distance;
    slot = slot >= distance ? slot - distance : slot + searched.slots() - distance;
    if (lag < lags.least) continue;
    bool agrees = true;
    for (std::uint32_t i = 0; i < by.run && agrees; ++i) {
      agrees = i == walked || searched.id(searched.slot_back(lag + i)) == query.ids[i];
    }
    if (!agrees) continue;
    const std::uint64_t* column = searched.column(searched.slot_back(lag));
    for (std::uint32_t k = 0; k < by.suffix_words(); ++k) {
      __builtin_prefetch(column + std::size_t{k} * block_lanes);
    }
    REPRISE_ASSERT(gathered.size() < gathered.capacity());
    gathered.push_back({lag, {}});
  }
}

}  // namespace

void chain_search::search(const history& searched, const query_run& query, lag_range lags,
                          const agreement_kernel& kernel, const rule& by,
                          std::vector<chain_candidate>& scratch, match_collector& found) {
  scratch.clear();
  gather(searched, query, lags, by, scratch);
  weigh(searched, query, kernel, by, scratch);
  REPRISE_ASSERT(scratch.size() <= known_.capacity());
  known_.assign(scratch.begin(), scratch.end());
  known_time_ = searched.newest_time();
  for (const chain_candidate& each : known_) found.offer(each.lag, each.agreements.data());
}

void chain_search::weigh(const history& searched, const query_run& query,
                         const agreement_kernel& kernel, const rule& by,
                         std::vector<chain_candidate>& gathered) const {
  // Both lists are in order of lag: what was known a second ago is found in one pass.
  const bool usable = known_time_ == searched.newest_time() - 1;
  auto known = usable ? known_.begin() : known_.end();
  for (chain_candidate& each : gathered) {
    while (known != known_.end() && known->lag < each.lag) ++known;
    const bool is_known = known != known_.end() && known->lag == each.lag;
    if (is_known) std::copy_n(known->agreements.begin(), by.run - 1, each.agreements.begin() + 1);
    const std::uint32_t missing = is_known ? 1 : by.run;
    for (std::uint32_t i = 0; i < missing; ++i) {
      each.agreements[i] =
          kernel.one(query.suffixes[i], searched.column(searched.slot_back(each.lag + i)), by);
    }
  }
}

}  // namespace reprise
