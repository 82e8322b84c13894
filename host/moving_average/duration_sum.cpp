#include "host/moving_average/duration_sum.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <string_view>

namespace reprise {
namespace {

using wide = unsigned __int128;

constexpr int second_digits = 18;  // an attosecond is 1e-18 s
constexpr std::uint64_t attoseconds_of_second = 1'000'000'000'000'000'000;

constexpr wide power_of_ten(int exponent) noexcept {
  wide power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

// The number digits * 10^exponent; the digits are those of a double's shortest text, 17 at most.
struct decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

decimal shortest_decimal(double number) noexcept {
  char text[32];  // a double takes 24 at most
  const auto written =
      std::to_chars(text, text + sizeof text, number, std::chars_format::scientific);
  decimal read;
  const char* at = text;
  bool behind_point = false;
  for (; *at != 'e'; ++at) {
    if (*at == '.') {
      behind_point = true;
      continue;
    }
    read.digits = read.digits * 10 + static_cast<std::uint64_t>(*at - '0');
    if (behind_point) --read.exponent;
  }
  ++at;                  // the 'e'
  if (*at == '+') ++at;  // which from_chars does not take
  int exponent = 0;
  std::from_chars(at, written.ptr, exponent);
  read.exponent += exponent;
  return read;
}

wide divide_half_to_even(wide dividend, wide divisor) noexcept {
  const wide quotient = dividend / divisor, rest = dividend % divisor;
  const wide twice = rest * 2;
  const bool up = twice > divisor || (twice == divisor && quotient % 2 == 1);
  return quotient + (up ? 1 : 0);
}

int bits_of(wide number) noexcept {
  const auto high = static_cast<std::uint64_t>(number >> 64);
  return high != 0 ? 128 - std::countl_zero(high)
                   : 64 - std::countl_zero(static_cast<std::uint64_t>(number));
}

// Both are not 0 and below 2^127. Long division in base 2: two bits more than a double holds, and
// one that tells whether anything is left, so that the conversion to double rounds but once.
double nearest_quotient(wide dividend, wide divisor) noexcept {
  constexpr int quotient_bits = 55;
  const int shift = bits_of(dividend) - bits_of(divisor);
  if (shift >= 0) {
    divisor <<= shift;
  } else {
    dividend <<= -shift;
  }
  std::uint64_t quotient = 0;  // of dividend / divisor, which lies between 1/2 and 2
  for (int bit = 0; bit <= quotient_bits; ++bit) {
    quotient <<= 1;
    if (dividend >= divisor) {
      dividend -= divisor;
      quotient |= 1;
    }
    dividend <<= 1;
  }
  const std::uint64_t sticky = dividend == 0 ? 0 : 1;
  return std::ldexp(static_cast<double>(quotient << 1 | sticky), shift - quotient_bits - 1);
}

}  // namespace

std::optional<duration_sum> duration_sum::of_seconds(std::int64_t seconds) noexcept {
  if (seconds < 0 || seconds > duration_seconds_max) return std::nullopt;
  return duration_sum{static_cast<__int128>(seconds) * attoseconds_of_second};
}

std::optional<duration_sum> duration_sum::of_seconds(double seconds) noexcept {
  if (!(seconds >= 0 && seconds <= static_cast<double>(duration_seconds_max))) return std::nullopt;
  const decimal read = shortest_decimal(std::fabs(seconds));  // without the sign of -0.0
  const int exponent = read.exponent + second_digits;
  if (exponent >= 0)
    return duration_sum{static_cast<__int128>(read.digits * power_of_ten(exponent))};
  // 17 digits behind 18 zeros are less than half an attosecond.
  if (exponent < -second_digits) return duration_sum{};
  return duration_sum{
      static_cast<__int128>(divide_half_to_even(read.digits, power_of_ten(-exponent)))};
}

double duration_sum::mean(std::uint64_t count) const noexcept {
  REPRISE_ASSERT(attoseconds_ >= 0);
  REPRISE_ASSERT(count > 0);
  if (attoseconds_ == 0) return 0;
  const auto sum = static_cast<wide>(attoseconds_);
  // Most durations are whole microseconds: dividend and divisor are doubles then, and one division
  // rounds as it should.
  constexpr std::uint64_t attoseconds_of_us = 1'000'000'000'000, us_of_second = 1'000'000;
  constexpr std::uint64_t exact_max = std::uint64_t{1} << 53;
  if (count <= exact_max / us_of_second && sum <= wide{exact_max} * attoseconds_of_us &&
      sum % attoseconds_of_us == 0) {
    return static_cast<double>(static_cast<std::uint64_t>(sum / attoseconds_of_us)) /
           static_cast<double>(count * us_of_second);
  }
  wide divisor = 0;
  REPRISE_ASSERT(!__builtin_mul_overflow(wide{count}, wide{attoseconds_of_second}, &divisor));
  return nearest_quotient(sum, divisor);
}

std::array<std::byte, duration_sum::encoded_bytes> duration_sum::encode() const noexcept {
  std::array<std::byte, encoded_bytes> encoded{};
  auto rest = static_cast<wide>(attoseconds_);
  for (std::size_t i = encoded_bytes; i-- > 0; rest >>= 8) {
    encoded[i] = static_cast<std::byte>(rest & 0xff);
  }
  return encoded;
}

std::optional<duration_sum> duration_sum::decode(
    std::span<const std::byte, encoded_bytes> encoded) noexcept {
  wide read = 0;
  for (const std::byte each : encoded) read = read << 8 | std::to_integer<unsigned>(each);
  const auto attoseconds = static_cast<__int128>(read);
  if (attoseconds < 0) return std::nullopt;
  return duration_sum{attoseconds};
}

}  // namespace reprise
