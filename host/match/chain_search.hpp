// Search for typical content: walks the seconds that share the rarest prefix of the query's run,
// and computes agreements only where all prefixes of the run agree.
//
// Shapes   candidates go to the collector in order of increasing lag
// Threads  one at a time
// Owns     the agreements of the last tick's candidates, so that a lag that goes on costs one
//          agreement a tick: room for `candidates_max`, 28 bytes each, taken once; searching
//          allocates nothing
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "host/match/history.hpp"
#include "host/match/match_collector.hpp"
#include "host/match/query_run.hpp"

namespace reprise {

struct chain_candidate {
  std::uint32_t lag;
  bool is_known;  // a candidate of the tick before, too: all agreements but the newest are there
  std::array<std::uint32_t, run_max> agreements;
};

class chain_search {
 public:
  // Throws std::bad_alloc.
  explicit chain_search(std::size_t candidates_max) { known_.reserve(candidates_max); }

  // No prefix of the query's run may be that of all more than candidates_max seconds. `scratch` is
  // the worker's; it has room for candidates_max.
  void search(const history& searched, const query_run& query, lag_range lags,
              const agreement_kernel& kernel, const rule& by, std::vector<chain_candidate>& scratch,
              match_collector& found);
  [[nodiscard]] std::size_t bytes() const noexcept {
    return known_.capacity() * sizeof(chain_candidate);
  }

 private:
  // The seconds at which all prefixes of the run agree, in order of increasing lag.
  void gather(const history& searched, const query_run& query, lag_range lags, const rule& by,
              std::vector<chain_candidate>& gathered) const;

  std::int64_t known_time_ = -1;  // the tick that known_ is of
  std::vector<chain_candidate> known_;
};

}  // namespace reprise
