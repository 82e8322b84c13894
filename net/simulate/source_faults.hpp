// How the simulator's sources fail, and which of them.
//
// Errors   parse: usage, "--faults hang=2: ..."
// Threads  pure
// Source   faults, docs/design.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/failure.hpp"

namespace reprise {

enum class source_fault : std::uint8_t {
  none,
  slow,        // answers after source_slow
  hang,        // never answers
  drip,        // answers a byte at a time
  length,      // a body of another length
  status,      // 404 or a 5xx
  reset,       // resets the connection, before or within the answer
  chunking,    // chunks that are none
  huge,        // a body of a megabyte
  redirect,    // 302 to another source
  gzip,        // a content encoding that nobody asked for
  leftover,    // bytes behind the answer
  frame_time,  // X-Frame-Time of another hour
  drift,       // a clock that is 2 % off
  flapping,    // by turns all well, and resets
};
inline constexpr std::size_t source_faults = 15;

[[nodiscard]] std::string_view to_string(source_fault fault) noexcept;

struct fault_share {
  source_fault fault = source_fault::none;
  double share = 0;  // of the channels
};

// "slow=0.1,hang=0.3": each once, shares above 0, in all at most 1.
[[nodiscard]] outcome<std::vector<fault_share>> parse_faults(std::string_view text);

// Of each channel; the shares are rounded, to no less than one channel while there are any left.
[[nodiscard]] std::vector<source_fault> assign_faults(const std::vector<fault_share>& shares,
                                                      std::uint32_t channels, std::uint64_t seed);

}  // namespace reprise
