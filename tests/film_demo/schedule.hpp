// The broadcast of the film demo: which clip is on at which second.
//
// Shapes   times in whole seconds from the broadcast's start; a clip is a film's picture, or one
//          quarter of it, for a whole number of seconds
// Threads  pure
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::film_demo {

inline constexpr std::int64_t clip_seconds_max = 12;
inline constexpr std::int64_t advert_seconds_min = 7;  // its repeat is then six seconds long
inline constexpr std::size_t adverts_max = 8;

struct clip {
  std::string name;  // "play101", or "play101-q2": its second quarter
  std::string film;  // path
  int quarter = 0;   // 0: the whole picture; 1 to 4: a quarter of it
  std::int64_t seconds = 0;
};

struct slot {
  std::size_t clip = 0;  // its place in the list of clips
  std::int64_t at = 0;
};

// What the rule must find: all but the first second of a clip, again at this lag.
struct scheduled_repeat {
  std::size_t clip = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;  // inclusive
  std::int64_t lag = 0;
};

struct schedule {
  std::vector<slot> slots;
  std::int64_t seconds = 0;
};

// Every clip once, in an order drawn by the seed, and after each an advert: one of the first
// adverts_max whole films that are long enough, but not the one before.
[[nodiscard]] schedule make_schedule(const std::vector<clip>& clips, std::uint64_t seed);

// Each appearance of a clip with each earlier one, by time.
[[nodiscard]] std::vector<scheduled_repeat> repeats_of(const std::vector<clip>& clips,
                                                       const schedule& broadcast);

// {"seed","seconds","slots":[{"clip","at","seconds"}],"repeats":[{"clip","start","end","lag"}]}
[[nodiscard]] std::string schedule_json(const std::vector<clip>& clips, const schedule& broadcast,
                                        std::uint64_t seed);

}  // namespace reprise::film_demo
