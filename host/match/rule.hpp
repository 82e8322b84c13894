// The rule's parameters and their bounds: how wide a fingerprint is, and how a channel is searched.
//
// Shapes   bits W, prefix P and run R are fixed for each matcher (`rule`); window N, top k, least
//          lag, threshold and the treatment of still pictures for each channel (`search_settings`)
// Errors   out_of_range() names the first parameter outside its bounds; matchers refuse it
// Source   the rule, docs/design.md
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace reprise {

inline constexpr std::uint32_t bits_max = 8192;
inline constexpr std::uint32_t bits_step = 64;  // bits and prefix bits are multiples of it
inline constexpr std::uint32_t run_max = 5;
inline constexpr std::uint32_t window_seconds_max = 604'800;
inline constexpr std::uint32_t top_k_max = 100;

// Ticks lie in [0, time_max]: every one of them is a whole number in a JSON reader's double, too.
inline constexpr std::int64_t time_max = (std::int64_t{1} << 53) - 1;

struct rule {
  std::uint32_t bits = 1024;        // W, one fingerprint
  std::uint32_t prefix_bits = 256;  // P, which must agree exactly
  std::uint32_t run = 5;            // R, agreements in a row that make a match

  [[nodiscard]] constexpr std::uint32_t bytes() const noexcept { return bits / 8; }
  [[nodiscard]] constexpr std::uint32_t words() const noexcept { return bits / 64; }
  [[nodiscard]] constexpr std::uint32_t prefix_words() const noexcept { return prefix_bits / 64; }
  [[nodiscard]] constexpr std::uint32_t suffix_words() const noexcept {
    return words() - prefix_words();
  }
  // The weighted count when all suffix bits are equal: 491,904 for 1024 and 256 bits; below 2^26.
  [[nodiscard]] constexpr std::uint32_t agreement_max() const noexcept {
    const std::uint32_t suffix_bits = bits - prefix_bits;
    return suffix_bits * bits - suffix_bits * (suffix_bits - 1) / 2;
  }
  friend bool operator==(const rule&, const rule&) = default;
};

enum class still_policy {
  match,  // a still picture matches every other still second
  skip,   // a change vector of zeros counts as missing
};

struct search_settings {
  std::uint32_t window_seconds = 86'400;  // N: d lies in [t-N, t-min_lag]
  std::uint32_t top_k = 10;
  std::uint32_t min_lag_seconds = 1;
  double threshold = 0;  // T: a match scores strictly more
  still_policy still = still_policy::match;
  friend bool operator==(const search_settings&, const search_settings&) = default;
};

// A parameter outside its bounds: its name in the configuration, and what it may be.
struct parameter_error {
  std::string_view name;
  std::string_view expected;
};

[[nodiscard]] std::optional<parameter_error> out_of_range(const rule& checked) noexcept;
[[nodiscard]] std::optional<parameter_error> out_of_range(const search_settings& checked) noexcept;

}  // namespace reprise
