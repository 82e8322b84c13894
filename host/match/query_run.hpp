// The query of one tick: the newest change vectors of the asking channel, newest first, with the
// ids that their prefixes have in the history that is searched.
//
// Shapes   suffixes [run] of rule.suffix_words() u64, contiguous; ids [run], none of them missing
// Owns     nothing: valid until the asking channel's next tick
#pragma once

#include <cstdint>

#include "host/match/history_blocks.hpp"
#include "host/match/rule.hpp"

namespace reprise {

struct query_run {
  const std::uint64_t* suffixes[run_max];
  prefix_id ids[run_max];
};

// How far back a query looks: seconds, both inclusive.
struct lag_range {
  std::uint32_t least;
  std::uint32_t greatest;
};

}  // namespace reprise
