#include "host/store/history_chunk.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/match/assert.hpp"
#include "host/match/keyed_hash.hpp"

namespace reprise {
namespace {

static_assert(std::endian::native == std::endian::little, "the words of a checksum are");

constexpr std::size_t checksum_bytes = sizeof(std::uint64_t);

// The place is the key: bytes that are read at another place do not fit. The constants tell the
// kinds apart.
constexpr std::uint64_t tick_kind = 0x7265'7072'2d74'696b;
constexpr std::uint64_t chunk_kind = 0x7265'7072'2d63'686b;
constexpr std::uint64_t numbers_kind = 0x7265'7072'2d6e'756d;

hash_key key_of(std::uint64_t kind, channel_number channel, std::int64_t place) {
  return {kind ^ static_cast<std::uint64_t>(channel), ~kind ^ static_cast<std::uint64_t>(place)};
}

constexpr std::size_t gap_bytes = sizeof(std::uint64_t);

}  // namespace

packed_tick pack_tick(const stored_tick& tick) {
  std::array<std::uint64_t, fingerprint_bytes / 8> words{};
  std::size_t size = fingerprint_bytes;
  if (tick.reason == gap_reason::none) {
    std::memcpy(words.data(), tick.bits.data(), fingerprint_bytes);
  } else {
    words[0] = static_cast<std::uint64_t>(tick.reason);
    size = gap_bytes;
  }
  const std::uint64_t sum = keyed_hash(key_of(tick_kind, tick.channel, tick.time), words.data(),
                                       static_cast<std::uint32_t>(size / 8));
  packed_tick packed;
  std::memcpy(packed.bytes.data(), words.data(), size);
  std::memcpy(packed.bytes.data() + size, &sum, checksum_bytes);
  packed.size = size + checksum_bytes;
  return packed;
}

bool unpack_tick(std::span<const std::byte> packed, stored_tick& tick) {
  tick.reason = gap_reason::corrupt;
  if (packed.size() != fingerprint_bytes + checksum_bytes &&
      packed.size() != gap_bytes + checksum_bytes)
    return false;
  const std::size_t size = packed.size() - checksum_bytes;
  std::array<std::uint64_t, fingerprint_bytes / 8> words{};
  std::uint64_t stored = 0;
  std::memcpy(words.data(), packed.data(), size);
  std::memcpy(&stored, packed.data() + size, checksum_bytes);
  const std::uint64_t sum = keyed_hash(key_of(tick_kind, tick.channel, tick.time), words.data(),
                                       static_cast<std::uint32_t>(size / 8));
  if (sum != stored) return false;
  if (size == fingerprint_bytes) {
    std::memcpy(tick.bits.data(), words.data(), size);
    tick.reason = gap_reason::none;
    return true;
  }
  if (words[0] == 0 || words[0] >= gap_reasons) return false;
  tick.reason = static_cast<gap_reason>(words[0]);
  return true;
}

merge_result judge(const stored_tick& there, const stored_tick& offered) {
  const bool is_gap = offered.reason != gap_reason::none;
  if (there.reason != gap_reason::none) return is_gap ? merge_result::kept : merge_result::stored;
  return !is_gap && there.bits == offered.bits ? merge_result::present : merge_result::refused;
}

std::int64_t checksum_of(std::initializer_list<std::int64_t> numbers) {
  std::array<std::uint64_t, 4> words{};
  REPRISE_ASSERT(numbers.size() <= words.size());
  std::copy(numbers.begin(), numbers.end(), words.begin());
  return std::bit_cast<std::int64_t>(keyed_hash(key_of(numbers_kind, 0, 0), words.data(),
                                                static_cast<std::uint32_t>(numbers.size())));
}

history_chunk::history_chunk(channel_number channel, std::int64_t number)
    : channel_{channel}, number_{number}, bits_(chunk_seconds) {
  states_.fill(unwritten);
}

std::size_t history_chunk::at(std::int64_t time) const {
  REPRISE_ASSERT(chunk_of(time) == number_);
  return static_cast<std::size_t>(time - chunk_start(number_));
}

merge_result history_chunk::merge(const stored_tick& offered) {
  REPRISE_ASSERT(offered.channel == channel_);
  const std::size_t place = at(offered.time);
  merge_result result = merge_result::stored;
  if (states_[place] != unwritten) {
    const stored_tick there{channel_, offered.time, static_cast<gap_reason>(states_[place]),
                            bits_[place]};
    result = judge(there, offered);
  }
  if (result == merge_result::stored) {
    states_[place] = static_cast<std::uint8_t>(offered.reason);
    bits_[place] = offered.bits;
  }
  return result;
}

void history_chunk::fill(gap_reason reason) {
  states_.fill(static_cast<std::uint8_t>(reason));
}

void history_chunk::reset(channel_number channel, std::int64_t number) {
  channel_ = channel;
  number_ = number;
  states_.fill(unwritten);
}

std::vector<std::byte> history_chunk::pack() const {
  const auto count = static_cast<std::size_t>(std::count(states_.begin(), states_.end(), 0));
  const std::size_t size = states_.size() + count * fingerprint_bytes;
  std::vector<std::uint64_t> words(size / 8 + 1);
  auto* bytes = reinterpret_cast<std::byte*>(words.data());
  std::memcpy(bytes, states_.data(), states_.size());
  std::byte* to = bytes + states_.size();
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i] != 0) continue;
    std::memcpy(to, bits_[i].data(), fingerprint_bytes);
    to += fingerprint_bytes;
  }
  words.back() = keyed_hash(key_of(chunk_kind, channel_, number_), words.data(),
                            static_cast<std::uint32_t>(size / 8));
  return {bytes, bytes + words.size() * 8};
}

bool history_chunk::unpack(std::span<const std::byte> packed) {
  fill(gap_reason::corrupt);
  if (packed.size() < states_.size() + checksum_bytes || packed.size() % 8 != 0 ||
      packed.size() > states_.size() + chunk_seconds * fingerprint_bytes + checksum_bytes)
    return false;
  words_.resize(packed.size() / 8);
  std::memcpy(words_.data(), packed.data(), packed.size());
  const std::uint64_t sum = keyed_hash(key_of(chunk_kind, channel_, number_), words_.data(),
                                       static_cast<std::uint32_t>(words_.size() - 1));
  if (sum != words_.back()) return false;
  // Fitting bytes are those that pack() made, but for one chance in 2^64: their shape is checked
  // all the same, because it decides what is read.
  const auto* bytes = reinterpret_cast<const std::byte*>(words_.data());
  const auto* states = reinterpret_cast<const std::uint8_t*>(bytes);
  const auto count = static_cast<std::size_t>(std::count(states, states + chunk_seconds, 0));
  if (packed.size() != states_.size() + count * fingerprint_bytes + checksum_bytes) return false;
  const auto is_state = [](std::uint8_t s) { return s < gap_reasons || s == unwritten; };
  if (!std::all_of(states, states + chunk_seconds, is_state)) return false;
  std::memcpy(states_.data(), states, states_.size());
  const std::byte* from = bytes + states_.size();
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i] != 0) continue;
    std::memcpy(bits_[i].data(), from, fingerprint_bytes);
    from += fingerprint_bytes;
  }
  return true;
}

}  // namespace reprise
