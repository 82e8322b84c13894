// The CPU engine: an exact prefix index for typical content, a dense scan for hot prefixes (still
// or looping content), chosen tick by tick. The channels of a batch are stepped on all cores.
//
// Shapes, Owns: as matcher.hpp
// Errors   make: parameter_out_of_range, kernel_unsupported (a forced kernel is unknown or this
//          processor lacks it); add_channel: parameter_out_of_range, host_memory
// Threads  as matcher.hpp; it owns `threads` - 1 workers, which sleep between batches
#pragma once

#include <memory>
#include <string_view>

#include "host/match/matcher.hpp"
#include "host/match/memory_budget.hpp"

namespace reprise {

struct cpu_options {
  std::string_view kernel = {};  // scalar, avx2, avx512; empty: the fastest that this processor has
  unsigned threads = 0;          // 0: one for each core; at most 256 are started
  // A prefix is hot where more than 1/hot_share of the window has it: about where both searches
  // take the same time, bench rows switch/slowly.
  std::uint32_t hot_share = 16;
  std::shared_ptr<memory_budget> budget = {};  // none: as much as the system gives
  bool populate = true;  // its memory as a channel is added; else the caller: channel_memory()
};

[[nodiscard]] result<std::unique_ptr<matcher>> make_cpu_matcher(const rule& by,
                                                                const cpu_options& options);

}  // namespace reprise
