#include "host/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace reprise {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t none = 0xff;

constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> made{};
  made.fill(none);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    made[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return made;
}();

std::uint32_t value_of(char character) noexcept {
  return values[static_cast<unsigned char>(character)];
}

}  // namespace

void append_base64(std::string& out, std::span<const std::byte> bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= count ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
}

std::optional<std::size_t> decode_base64(std::string_view text, std::vector<std::byte>& into) {
  into.clear();
  into.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    const std::string_view group = text.substr(at, 4);
    std::size_t count = 0;
    std::uint32_t bits = 0;
    for (; count < group.size() && value_of(group[count]) != none; ++count) {
      bits = bits << 6 | value_of(group[count]);
    }
    if (count == 4) {
      for (const int shift : {16, 8, 0}) into.push_back(std::byte(bits >> shift & 0xff));
      continue;
    }
    // The last group: one byte and "==", or two and "=".
    if (count < 2) return at + count;
    for (std::size_t i = count; i < 4; ++i) {
      if (i == group.size() || group[i] != '=') return at + i;
    }
    if (at + 4 != text.size()) return at + 4;
    bits <<= 6 * (4 - count);
    if ((bits & (count == 2 ? 0xffffU : 0xffU)) != 0) return at + count - 1;
    into.push_back(std::byte(bits >> 16 & 0xff));
    if (count == 3) into.push_back(std::byte(bits >> 8 & 0xff));
  }
  return {};
}

}  // namespace reprise
