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

}  // namespace

void chain_search::search(const history& searched, const query_run& query, lag_range lags,
                          const agreement_kernel& kernel, const rule& by,
                          std::vector<chain_candidate>& scratch, match_collector& found) {
  scratch.clear();
  gather(searched, query, lags, by, scratch);
  for (chain_candidate& each : scratch) {
    const std::uint32_t missing = each.is_known ? 1 : by.run;
    for (std::uint32_t i = 0; i < missing; ++i) {
      const std::uint64_t* column = searched.column(searched.slot_back(each.lag + i));
      each.agreements[i] = kernel.one(query.suffixes[i], column, by);
    }
    found.offer(each.lag, each.agreements.data());
    searched.prefetch_after(searched.slot_back(each.lag));
  }
  REPRISE_ASSERT(scratch.size() <= known_.capacity());
  known_.assign(scratch.begin(), scratch.end());
  known_time_ = searched.newest_time();
}

void chain_search::gather(const history& searched, const query_run& query, lag_range lags,
                          const rule& by, std::vector<chain_candidate>& gathered) const {
  // Both lists are in order of lag: what was known a second ago is found in the same pass.
  const bool usable = known_time_ == searched.newest_time() - 1;
  auto known = usable ? known_.begin() : known_.end();
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
    REPRISE_ASSERT(gathered.size() < gathered.capacity());
    while (known != known_.end() && known->lag < lag) ++known;
    chain_candidate& made = gathered.emplace_back(chain_candidate{lag, false, {}});
    if (known != known_.end() && known->lag == lag) {
      made.is_known = true;
      std::copy_n(known->agreements.begin(), by.run - 1, made.agreements.begin() + 1);
    } else {
      searched.prefetch_column(searched.slot_back(lag));
    }
  }
}

}  // namespace reprise
