#include "net/simulate/broadcast.hpp"

#include <cstring>

#include "host/match/assert.hpp"
#include "host/recording.hpp"

namespace reprise::simulate {
namespace {

constexpr std::int64_t half_seconds = clip_seconds + between_seconds;
constexpr std::uint64_t clips_count = 5;         // of a channel
constexpr std::uint64_t clips_shared_count = 2;  // of these, what all channels show
constexpr std::int64_t loop_seconds = 3;
constexpr std::int64_t gap_seconds = 2;
constexpr std::uint64_t prefix_noise_one_in = 64;
constexpr std::size_t recording_seconds_max = 604'800;

// What a draw is for, so that no two uses share their numbers.
enum purpose : std::uint64_t { of_phase = 1, of_clip, of_kind, of_noise, of_offset, of_picture };

// The finaliser of splitmix64.
std::uint64_t mixed(std::uint64_t word) noexcept {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

fingerprint picture(std::uint64_t seed, std::uint64_t film, std::int64_t second) {
  fingerprint bits;
  for (std::size_t at = 0; at < bits.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word =
        seeded_draw(seed, of_picture + 256 * at, film, static_cast<std::uint64_t>(second));
    std::memcpy(bits.data() + at, &word, sizeof word);
  }
  return bits;
}

void flip(fingerprint& of, std::uint64_t bit) {
  of[bit / 8] ^= static_cast<std::byte>(0x80U >> (bit % 8));
}

}  // namespace

std::uint64_t seeded_draw(std::uint64_t seed, std::uint64_t a, std::uint64_t b,
                          std::uint64_t c) noexcept {
  constexpr std::uint64_t step = 0x9e3779b97f4a7c15;  // splitmix64's
  std::uint64_t state = mixed(seed + step);
  for (const std::uint64_t word : {a, b, c}) state = mixed((state ^ word) + step);
  return state;
}

outcome<played_recording> load_recording(const std::string& path) {
  auto opened =
      open_recording(path, is_raw_recording(path, false) ? std::optional{0} : std::nullopt);
  if (!opened) return opened.error();
  played_recording played;
  std::optional<std::int64_t> first;
  for (recorded_second second;;) {
    const auto more = (*opened)->next(second);
    if (!more) return more.error();
    if (!*more) return played;
    if (!first) first = second.time;
    const auto at = static_cast<std::uint64_t>(second.time - *first);
    if (at >= recording_seconds_max) {
      return failure{errc::out_of_range,
                     path + ": a recording to play must be at most a week long"};
    }
    played.resize(at + 1);
    played[at] = second.bits;
  }
}

broadcast::broadcast(broadcast_options options) : options_{std::move(options)} {
  for (const played_recording& played : options_.recordings) REPRISE_ASSERT(!played.empty());
}

std::optional<fingerprint> broadcast::at(std::uint32_t channel, std::int64_t time) const {
  if (!options_.recordings.empty()) return recorded(channel, time);
  const std::uint64_t seed = options_.seed;
  const auto phase = static_cast<std::int64_t>(seeded_draw(seed, of_phase, channel) % half_seconds);
  const auto half = static_cast<std::uint64_t>((time + phase) / half_seconds);
  std::int64_t second = (time + phase) % half_seconds;
  if (second < clip_seconds) {
    const std::uint64_t clip = seeded_draw(seed, of_clip, channel, half / 2) % clips_count;
    const bool shared = clip < clips_shared_count;
    fingerprint bits =
        picture(seed, seeded_draw(seed, of_clip, clip, shared ? 0 : channel + 1), second);
    add_noise(bits, channel, time);
    return bits;
  }
  second -= clip_seconds;
  const std::uint64_t film = seeded_draw(seed, of_kind, channel, half);
  std::uint64_t kind = film % 100;
  if (kind < options_.still_percent) return picture(seed, film, 0);
  kind -= options_.still_percent;
  const bool loops = kind < options_.loop_percent;
  if (!loops && kind - options_.loop_percent < options_.gap_percent && second < gap_seconds) {
    return {};
  }
  fingerprint bits = picture(seed, film, loops ? second % loop_seconds : second);
  add_noise(bits, channel, time);
  return bits;
}

std::optional<fingerprint> broadcast::recorded(std::uint32_t channel, std::int64_t time) const {
  const played_recording& played = options_.recordings[channel % options_.recordings.size()];
  const std::uint64_t offset = seeded_draw(options_.seed, of_offset, channel) % played.size();
  return played[(static_cast<std::uint64_t>(time) + offset) % played.size()];
}

void broadcast::add_noise(fingerprint& to, std::uint32_t channel, std::int64_t time) const {
  if (options_.noise_bits_max == 0) return;
  const auto second = static_cast<std::uint64_t>(time);
  const std::uint64_t drawn = seeded_draw(options_.seed, of_noise, channel, second);
  const std::uint64_t flips = drawn % (options_.noise_bits_max + 1);
  for (std::uint64_t i = 1; i <= flips; ++i) flip(to, 256 + mixed(drawn + i) % 768);
  if ((drawn >> 32) % prefix_noise_one_in == 0) flip(to, (drawn >> 40) % 256);
}

}  // namespace reprise::simulate
