// Why a tick has no fingerprint: each reason is a word that the API, the metrics and the logs
// share.
//
// Errors   none
// Threads  pure
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace reprise {

// The numbers are stored: they never change, and new ones go to the end.
enum class gap_reason : std::uint8_t {
  none = 0,    // there is a fingerprint
  timeout,     // no whole answer before the deadline
  connect,     // the connection was refused, reset or closed early
  dns,         // the name could not be looked up
  blocked,     // the egress guard forbids the address
  tls,         // certificate or handshake refused
  status,      // an HTTP status other than 200
  framing,     // not HTTP, bad chunking, leftover bytes, a content encoding
  too_large,   // headers or body beyond what is read
  malformed,   // the body is no fingerprint
  frame_time,  // X-Frame-Time is no tick that can be taken now
  conflict,    // another fingerprint is already there for that second
  late,        // the tick was missed, or its answer came too late
  clock,       // the wall clock stepped over it
  circuit,     // the source is down and was not asked
  down,        // the service did not run
  disk,        // it could not be stored
  corrupt,     // the stored bytes are damaged
  drift,       // the source's second and ours slid past each other
  overload,    // a bounded queue was full
  absent,      // nobody delivered it (a channel without a source)
};

inline constexpr std::size_t gap_reasons = 21;

[[nodiscard]] std::string_view to_string(gap_reason reason) noexcept;
[[nodiscard]] std::optional<gap_reason> gap_reason_of(std::uint8_t stored) noexcept;

// How many ticks each reason took.
using gap_counts = std::array<std::uint64_t, gap_reasons>;

}  // namespace reprise
