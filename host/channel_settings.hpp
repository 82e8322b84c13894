// What a user says of one channel, and what an engine is told of it.
//
// Shapes   every field but the name is optional: an absent one takes the service's default
// Threads  pure
// Source   HTTP, docs/design.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/match/rule.hpp"

namespace reprise {

// The number of a channel in the stores. A channel that is removed and made again has a new one.
using channel_number = std::int64_t;

struct header_field {
  std::string name;
  std::string value;
  friend bool operator==(const header_field&, const header_field&) = default;
};

struct channel_settings {
  std::string source_url;            // empty: push only
  std::string reporting_url;         // empty: nothing is posted
  std::optional<double> threshold;   // at most one of these two
  std::optional<double> similarity;  // in (0, 1]
  bool enabled = true;
  std::optional<still_policy> still;
  std::optional<std::uint32_t> min_lag_seconds;
  std::optional<std::uint32_t> window_seconds;
  std::optional<std::uint32_t> top_k;
  bool report_empty = false;
  std::vector<header_field> source_headers;     // credentials: never shown, never logged
  std::vector<header_field> reporting_headers;  // likewise
  friend bool operator==(const channel_settings&, const channel_settings&) = default;
};

// [defaults] of the configuration.
struct channel_defaults {
  double similarity = 0.8;
  std::uint32_t top_k = 10;
  std::uint32_t window_seconds = 86'400;
  std::uint32_t min_lag_seconds = 1;
  still_policy still = still_policy::match;
};

[[nodiscard]] search_settings search_settings_of(const channel_settings& channel,
                                                 const channel_defaults& defaults, const rule& by);

}  // namespace reprise
