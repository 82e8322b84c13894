// Exact sums of durations, and their means: what was added and taken away again leaves no trace.
//
// Shapes   a duration is 0 to duration_seconds_max seconds. A sum is a whole number of attoseconds
//          (1e-18 s), so that decimal fractions are exact: ten times 0.1 s is 1 s. A double stands
//          for the shortest decimal number that reads back as it; of that number, digits past the
//          18th behind the point are rounded, half to even
// Errors   of_seconds() and decode() give nothing where their argument is no duration or no sum;
//          asserted: a sum stays within 1.7e20 s, which is 170 billion times the longest duration;
//          a mean is of a sum that is not negative, over at least one
// Threads  pure
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "host/match/assert.hpp"

namespace reprise {

inline constexpr std::int64_t duration_seconds_max = 1'000'000'000;

class duration_sum {
 public:
  static constexpr std::size_t encoded_bytes = 16;

  constexpr duration_sum() = default;  // nothing yet: 0 s

  // Of one duration.
  [[nodiscard]] static std::optional<duration_sum> of_seconds(std::int64_t seconds) noexcept;
  [[nodiscard]] static std::optional<duration_sum> of_seconds(double seconds) noexcept;

  duration_sum& operator+=(const duration_sum& added) noexcept {
    REPRISE_ASSERT(!__builtin_add_overflow(attoseconds_, added.attoseconds_, &attoseconds_));
    return *this;
  }
  duration_sum& operator-=(const duration_sum& taken) noexcept {
    REPRISE_ASSERT(!__builtin_sub_overflow(attoseconds_, taken.attoseconds_, &attoseconds_));
    return *this;
  }
  friend duration_sum operator+(duration_sum a, const duration_sum& b) noexcept { return a += b; }
  friend duration_sum operator-(duration_sum a, const duration_sum& b) noexcept { return a -= b; }
  friend bool operator==(const duration_sum&, const duration_sum&) = default;

  // The double nearest to sum / count, in seconds; of two equally near, the even one.
  [[nodiscard]] double mean(std::uint64_t count) const noexcept;

  // Big-endian, for a database.
  [[nodiscard]] std::array<std::byte, encoded_bytes> encode() const noexcept;
  [[nodiscard]] static std::optional<duration_sum> decode(
      std::span<const std::byte, encoded_bytes> encoded) noexcept;

 private:
  explicit constexpr duration_sum(__int128 attoseconds) noexcept : attoseconds_{attoseconds} {}

  __int128 attoseconds_ = 0;
};

}  // namespace reprise
