#include "host/match/score.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

// bits^run = odd * 2^shift. Since bits is 64 times at most 128, odd is below 2^35.
struct scale {
  std::uint64_t odd;
  int shift;
};

scale scale_of(const rule& by) noexcept {
  const int zeros = std::countr_zero(by.bits);
  scale made{1, zeros * static_cast<int>(by.run)};
  for (std::uint32_t i = 0; i < by.run; ++i) made.odd *= by.bits >> zeros;
  return made;
}

// A positive double as an integer of at most 53 bits times a power of two.
struct binary {
  std::uint64_t mantissa;
  int exponent;
};

binary binary_of(double value) noexcept {
  int exponent = 0;
  const double fraction =
      std::frexp(value, &exponent);  // subnormals too: value = fraction * 2^exponent
  return {static_cast<std::uint64_t>(std::ldexp(fraction, 53)), exponent - 53};
}

int bit_width(score_value value) noexcept {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  const auto low = static_cast<std::uint64_t>(value);
  return static_cast<int>(high != 0 ? 64 + std::bit_width(high) : std::bit_width(low));
}

// A non-negative integer times a power of two. Wide enough for (53 + 26 bits)^5.
class wide_number {
 public:
  wide_number(std::uint64_t value, int exponent) noexcept : exponent_{exponent} {
    words_[0] = value;
  }

  void multiply(std::uint64_t factor) noexcept {
    std::uint64_t carry = 0;
    for (std::uint64_t& word : words_) {
      const score_value product = static_cast<score_value>(word) * factor + carry;
      word = static_cast<std::uint64_t>(product);
      carry = static_cast<std::uint64_t>(product >> 64);
    }
    REPRISE_ASSERT(carry == 0);
  }

  [[nodiscard]] bool less_than(const wide_number& other) const noexcept {
    const int width = bits(), other_width = other.bits();
    if (width == 0 || other_width == 0) return width == 0 && other_width != 0;
    if (width + exponent_ != other_width + other.exponent_) {
      return width + exponent_ < other_width + other.exponent_;
    }
    for (int i = 1; i <= std::max(width, other_width); ++i) {  // from the top bit of both
      const bool mine = bit(width - i), theirs = other.bit(other_width - i);
      if (mine != theirs) return theirs;
    }
    return false;
  }

 private:
  [[nodiscard]] int bits() const noexcept {
    for (int i = static_cast<int>(words_.size()) - 1; i >= 0; --i) {
      const std::uint64_t word = words_[static_cast<std::size_t>(i)];
      if (word != 0) return 64 * i + static_cast<int>(std::bit_width(word));
    }
    return 0;
  }
  [[nodiscard]] bool bit(int index) const noexcept {
    if (index < 0) return false;
    return (words_[static_cast<std::size_t>(index / 64)] >> (index % 64) & 1) != 0;
  }

  std::array<std::uint64_t, 8> words_{};
  int exponent_;
};

}  // namespace

score_value score_limit(double threshold, const rule& by) noexcept {
  REPRISE_ASSERT(std::isfinite(threshold));
  REPRISE_ASSERT(threshold >= 0);
  if (threshold == 0) return 0;
  const scale divisor = scale_of(by);
  const binary parts = binary_of(threshold);
  const score_value product = static_cast<score_value>(parts.mantissa) * divisor.odd;  // 88 bits
  const int exponent = parts.exponent + divisor.shift;
  if (exponent <= -128) return 0;
  if (exponent <= 0) return product >> -exponent;
  if (bit_width(product) + exponent > 128) return ~score_value{0};
  return product << exponent;
}

double threshold_of_similarity(double similarity, const rule& by) noexcept {
  REPRISE_ASSERT(similarity > 0);
  REPRISE_ASSERT(similarity <= 1);
  // With x = m * 2^e the bound is (m * agreement_max)^run * 2^(e * run) / bits^run, so a double t
  // lies below it if t * bits^run < (m * agreement_max)^run * 2^(e * run).
  const binary parts = binary_of(similarity);
  wide_number bound{1, parts.exponent * static_cast<int>(by.run)};
  for (std::uint32_t i = 0; i < by.run; ++i) {
    bound.multiply(parts.mantissa);
    bound.multiply(by.agreement_max());
  }
  const scale divisor = scale_of(by);
  const auto below = [&](double tried) {
    if (tried == 0) return true;
    const binary tried_parts = binary_of(tried);
    wide_number scaled{tried_parts.mantissa, tried_parts.exponent + divisor.shift};
    scaled.multiply(divisor.odd);
    return scaled.less_than(bound);
  };
  // Non-negative doubles are ordered as their bit patterns are.
  std::uint64_t low = 0;
  std::uint64_t high = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::max());
  while (low < high) {
    const std::uint64_t middle = low + (high - low + 1) / 2;
    if (below(std::bit_cast<double>(middle))) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return std::bit_cast<double>(low);
}

double nearest_double(score_value score, const rule& by) noexcept {
  if (score == 0) return 0;
  const scale divisor = scale_of(by);
  const int shift = 127 - bit_width(score);
  const score_value dividend = score << shift;
  score_value quotient = dividend / divisor.odd;   // at least 2^91: far more bits than a double has
  if (dividend % divisor.odd != 0) quotient |= 1;  // what is left only decides a tie
  return std::ldexp(static_cast<double>(quotient), -shift - divisor.shift);
}

double similarity_of(score_value score, const rule& by) noexcept {
  const double greatest = static_cast<double>(by.agreement_max());
  return std::pow(static_cast<double>(score), 1.0 / by.run) / greatest;
}

}  // namespace reprise
