// The verdict on a service that was watched by the simulator: whether it reported exactly what it
// should have, stored exactly what it was given, and accounted for every other second.
//
// Shapes   evidence is of one channel, so that a day of many channels is judged one after another
// Errors   judge: what the matcher refuses of the settings, host_memory
// Threads  pure; the matcher is used by one call at a time
// Agrees   the exact answer is the search of the exported recording by the given matcher
//
// A report is owed for each tick in [from, to) at which the exported recording has a match, with
// exactly its match times in their order, and for no other tick. An exported fingerprint must have
// been served for its tick. The service's account of gaps must fill what the export leaves out: the
// ticks before `last` that are fingerprints and those that are gaps must reach back to when the
// channel was made, and each gap has a reason: whatever becomes of a polled channel, the service
// knows why a tick of it is missing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/gap_reason.hpp"
#include "host/match/matcher.hpp"
#include "host/recording.hpp"
#include "net/simulate/report_sink.hpp"

namespace reprise::simulate {

inline constexpr std::size_t findings_max = 5;        // told of a channel
inline constexpr std::size_t channels_told_max = 20;  // of those that are not clean

// What the service says of a channel that was polled since it was made, and is no longer.
struct gap_account {
  gap_counts gaps{};
  std::optional<std::int64_t> last;  // newest tick that was taken; none: none was
  // Where its first and its last tick must lie, both inclusive.
  std::int64_t first_least = 0, first_most = 0;
  std::int64_t last_least = 0, last_most = 0;
};

struct channel_evidence {
  std::string name;
  search_settings settings;
  bool report_empty = false;
  std::int64_t from = 0;  // reports are judged in [from, to)
  std::int64_t to = time_max;
  std::vector<recorded_second> exported;
  const channel_reports* reports = nullptr;  // null: none came
  // Whether a source served these bits for that tick; empty: that is not judged. Nor are ticks
  // before served_from.
  std::function<bool(std::int64_t tick, const fingerprint& bits)> served = {};
  std::int64_t served_from = 0;
  std::optional<gap_account> account = {};
};

struct verdict_counts {
  std::uint64_t fingerprints = 0;
  std::uint64_t owed = 0;      // reports
  std::uint64_t received = 0;  // different ticks
  std::uint64_t correct = 0;
  std::uint64_t missing = 0;
  std::uint64_t false_reports = 0;  // of ticks without a match
  std::uint64_t wrong_times = 0;    // of ticks with one, but other match times or another order
  std::uint64_t duplicates = 0;     // allowed: delivery is at least once
  std::uint64_t contradictions = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t not_served = 0;     // fingerprints
  std::uint64_t not_accounted = 0;  // channels whose account of ticks does not agree
  gap_counts gaps{};

  [[nodiscard]] bool clean() const noexcept;
  verdict_counts& operator+=(const verdict_counts& added) noexcept;
};

struct channel_verdict {
  std::string name;
  verdict_counts counts;
  std::vector<std::string> findings;  // one line each, the first findings_max
};

[[nodiscard]] outcome<channel_verdict> judge(const channel_evidence& evidence, matcher& exact);

struct simulation_verdict {
  std::uint64_t channels = 0;
  std::uint64_t channels_clean = 0;
  verdict_counts counts;
  std::vector<channel_verdict> unclean;  // the first channels_told_max
  delay_percentiles delay;
  sink_counts sink;

  void add(channel_verdict judged);
  // Nothing disagrees, and there was something to judge.
  [[nodiscard]] bool clean() const noexcept;
  [[nodiscard]] double recall() const noexcept;  // 1 where nothing was owed
};

// Lines for people; the last one begins "verdict".
[[nodiscard]] std::string verdict_text(const simulation_verdict& told);

}  // namespace reprise::simulate
