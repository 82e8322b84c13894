#include "host/hex.hpp"

#include <array>
#include <cstdint>

#include "host/match/assert.hpp"

namespace reprise {
namespace {

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    const auto value = static_cast<std::uint8_t>(10 + i);
    values['a' + i] = value;
    values['A' + i] = value;
  }
  return values;
}

constexpr auto digit_values = make_values();

std::uint8_t value_of(char digit) noexcept {
  return digit_values[static_cast<unsigned char>(digit)];
}

}  // namespace

std::size_t decode_hex(std::string_view digits, std::span<std::byte> bytes) noexcept {
  REPRISE_ASSERT(digits.size() == 2 * bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t high = value_of(digits[2 * i]), low = value_of(digits[2 * i + 1]);
    if (high == no_digit) return 2 * i;
    if (low == no_digit) return 2 * i + 1;
    bytes[i] = static_cast<std::byte>(high << 4 | low);
  }
  return digits.size();
}

void append_hex(std::string& out, std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const std::byte byte : bytes) {
    out += digits[std::to_integer<unsigned>(byte) >> 4];
    out += digits[std::to_integer<unsigned>(byte) & 15];
  }
}

}  // namespace reprise
