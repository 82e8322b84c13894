// A scripted life of three channels, and what the reference answers: content that brings every call
// of a device: gaps, jumps, stills, visitors, a channel that is removed.
//
// Shapes   the ticks of a second are in the order of the channels, one each
// Threads  one
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tests/matcher_comparison.hpp"

namespace reprise::device_life {

inline constexpr search_settings settings{.window_seconds = 150, .top_k = 2};
inline constexpr std::size_t channels_count = 3;
inline constexpr int seconds_count = 90;
inline constexpr int removed_at = 60;  // removed_channel has no tick later
inline constexpr std::size_t removed_channel = 1;

struct scripted_tick {
  std::size_t channel;
  int second;
  made_second content;
  bool wants_all;
  std::optional<errc> error;
  std::vector<match> best, all;
};

// A visitor for a tick of the script.
[[nodiscard]] recorder make_recorder(bool wants_all);
[[nodiscard]] std::vector<scripted_tick> write_life();

}  // namespace reprise::device_life
