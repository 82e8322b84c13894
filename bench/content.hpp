// The content of a benchmark's channels: seeded days of change vectors, one second after another.
//
//   random   every second new
//   adverts  29 adverts of 30 s, each broadcast 20 times a day at seeded places; the rest random
//   still    a still picture: every change vector zero
//   flicker  the prefix never changes, the suffix is random: all seconds are candidates, none equal
//
// Shapes   fingerprints of 128 bytes
// Threads  one at a time
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace reprise::bench {

enum class content_kind { random, adverts, still, flicker };
[[nodiscard]] std::string_view name_of(content_kind kind);

using fingerprint_bits = std::array<std::byte, 128>;

class day_content {
 public:
  day_content(content_kind kind, std::uint32_t day_seconds, std::uint64_t seed);
  void turn_to(content_kind kind) { kind_ = kind; }
  [[nodiscard]] const fingerprint_bits& next();

 private:
  using change_words = std::array<std::uint64_t, 16>;
  [[nodiscard]] change_words change_at(std::uint32_t second);

  content_kind kind_;
  std::uint32_t day_seconds_;
  std::uint32_t second_ = 0;
  std::mt19937_64 random_;
  std::vector<std::int32_t> advert_second_;  // of each second of the day; -1: none
  std::vector<change_words> adverts_;
  change_words fingerprint_{};
  fingerprint_bits bits_{};
};

}  // namespace reprise::bench
