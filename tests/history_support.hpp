// What the tests of the history share: made-up fingerprints, and a plain model of what the history
// must hold.
//
// Shapes   the model keeps every tick by (channel, time)
// Errors   none
// Threads  one
#pragma once

#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "host/store/history_store.hpp"

namespace reprise {

[[nodiscard]] inline fingerprint made_up_bits(std::uint64_t seed) {
  // splitmix64, which needs no warming up.
  fingerprint bits;
  for (std::size_t at = 0; at < bits.size(); at += 8) {
    std::uint64_t word = seed += 0x9e37'79b9'7f4a'7c15;
    word = (word ^ (word >> 30)) * 0xbf58'476d'1ce4'e5b9;
    word = (word ^ (word >> 27)) * 0x94d0'49bb'1331'11eb;
    word ^= word >> 31;
    std::memcpy(bits.data() + at, &word, 8);
  }
  return bits;
}

// The fingerprint that a test gives that tick, unless it wants another one there.
[[nodiscard]] inline fingerprint bits_of(channel_number channel, std::int64_t time,
                                         std::uint64_t version = 0) {
  return made_up_bits((static_cast<std::uint64_t>(channel) << 40) ^
                      static_cast<std::uint64_t>(time) ^ (version << 60));
}

[[nodiscard]] inline stored_tick tick_of_channel(channel_number channel, std::int64_t time) {
  return {channel, time, gap_reason::none, bits_of(channel, time)};
}

[[nodiscard]] inline std::vector<recorded_second> seconds_of(channel_number channel,
                                                             std::int64_t from,
                                                             std::int64_t count) {
  std::vector<recorded_second> made;
  for (std::int64_t time = from; time < from + count; ++time)
    made.push_back({time, bits_of(channel, time)});
  return made;
}

struct model_tick {
  gap_reason reason = gap_reason::none;
  fingerprint bits{};
};

class history_model {
 public:
  std::map<channel_number, std::map<std::int64_t, model_tick>> ticks;
  std::vector<outage> outages;
  std::set<channel_number> forgotten;

  std::uint64_t commit(std::span<const stored_tick> batch) {
    std::uint64_t refused = 0;
    for (const stored_tick& tick : batch) {
      if (forgotten.contains(tick.channel)) continue;
      const auto [at, added] =
          ticks[tick.channel].try_emplace(tick.time, model_tick{tick.reason, tick.bits});
      if (added) continue;
      model_tick& there = at->second;
      if (there.reason != gap_reason::none) {
        if (tick.reason == gap_reason::none) there = {tick.reason, tick.bits};
      } else if (tick.reason != gap_reason::none || tick.bits != there.bits) {
        ++refused;
      }
    }
    return refused;
  }

  // Nothing upon a conflict.
  std::optional<insert_counts> insert(channel_number channel,
                                      std::span<const recorded_second> seconds) {
    insert_counts counts;
    if (forgotten.contains(channel)) return counts;
    auto& all = ticks[channel];
    for (const recorded_second& second : seconds) {
      const auto there = all.find(second.time);
      if (there == all.end() || there->second.reason != gap_reason::none) continue;
      if (there->second.bits != second.bits) return {};
      ++counts.present;
    }
    counts.stored = seconds.size() - counts.present;
    for (const recorded_second& second : seconds)
      all[second.time] = {gap_reason::none, second.bits};
    return counts;
  }

  [[nodiscard]] std::vector<recorded_second> read(channel_number channel, std::int64_t from,
                                                  std::int64_t to) const {
    std::vector<recorded_second> found;
    const auto all = ticks.find(channel);
    if (all == ticks.end()) return found;
    for (auto at = all->second.lower_bound(from); at != all->second.end() && at->first < to; ++at) {
      if (at->second.reason == gap_reason::none) found.push_back({at->first, at->second.bits});
    }
    return found;
  }

  // Outages by start; of two that hold a tick, the earlier one counts.
  [[nodiscard]] gap_counts gaps(channel_number channel, std::int64_t from, std::int64_t to) const {
    gap_counts counts{};
    for (std::int64_t time = from; time < to; ++time) {
      const auto all = ticks.find(channel);
      gap_reason reason = gap_reason::absent;
      std::int64_t start = 0;
      bool is_written = false;
      if (all != ticks.end()) {
        const auto at = all->second.find(time);
        is_written = at != all->second.end();
        if (is_written) reason = at->second.reason;
      }
      if (!is_written) {
        for (const outage& each : outages) {
          if (time < each.start || time > each.end) continue;
          if (reason != gap_reason::absent && each.start >= start) continue;
          reason = each.reason;
          start = each.start;
        }
      }
      if (reason != gap_reason::none) ++counts[static_cast<std::size_t>(reason)];
    }
    return counts;
  }

  // What the store promises to drop, and what it may drop.
  void expire(std::int64_t before) {
    for (auto& [channel, all] : ticks) all.erase(all.begin(), all.lower_bound(before));
  }
};

}  // namespace reprise
