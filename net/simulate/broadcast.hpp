// What made-up channels broadcast: for every channel and every second one fingerprint or none,
// computed from the seed alone, so that any second can be asked for without those before it.
//
// Shapes   fingerprints as host/fingerprint.hpp; channels by index from 0; times from 0 on
// Errors   none; asserted: a recording is not empty
// Threads  const calls may run at once
// Owns     the recordings, if any
//
// A made-up channel shows a clip, then something else, the same clip once more, something else;
// then it goes on with another clip of its few. So a clip comes again within 18 s and, drawn again,
// minutes later. What stands between is new, a still picture, a short loop, or begins with a gap.
// Noise flips a few suffix bits of every second but still ones, and rarely a prefix bit. A channel
// that plays a recording shows it from a place of its own, over and over; seconds that it lacks are
// gaps.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/failure.hpp"
#include "host/fingerprint.hpp"

namespace reprise::simulate {

inline constexpr std::int64_t clip_seconds = 10;
inline constexpr std::int64_t between_seconds = 8;

// A deterministic draw: the same words give the same number, others an unrelated one.
[[nodiscard]] std::uint64_t seeded_draw(std::uint64_t seed, std::uint64_t a, std::uint64_t b = 0,
                                        std::uint64_t c = 0) noexcept;

// Second by second; nothing where it has a gap.
using played_recording = std::vector<std::optional<fingerprint>>;

// At most a week: longer is refused, as out_of_range.
[[nodiscard]] outcome<played_recording> load_recording(const std::string& path);

struct broadcast_options {
  std::uint64_t seed = 1;
  std::uint32_t noise_bits_max = 16;  // flipped in a second
  // Of what stands between clips, in percent; the others are new.
  std::uint32_t still_percent = 10;
  std::uint32_t loop_percent = 10;
  std::uint32_t gap_percent = 10;
  std::vector<played_recording> recordings = {};  // channel c plays number c modulo their count
};

class broadcast {
 public:
  explicit broadcast(broadcast_options options);
  [[nodiscard]] std::optional<fingerprint> at(std::uint32_t channel, std::int64_t time) const;
  [[nodiscard]] std::uint64_t seed() const noexcept { return options_.seed; }

 private:
  [[nodiscard]] std::optional<fingerprint> recorded(std::uint32_t channel, std::int64_t time) const;
  void add_noise(fingerprint& to, std::uint32_t channel, std::int64_t time) const;

  broadcast_options options_;
};

}  // namespace reprise::simulate
