#include "host/fingerprint.hpp"

#include <cstring>
#include <string>
#include <string_view>

#include "host/hex.hpp"

namespace reprise {
namespace {

constexpr std::size_t hex_digits = 2 * fingerprint_bytes;
constexpr std::size_t bit_digits = 8 * fingerprint_bytes;

std::string_view without_newline(std::string_view text) {
  if (!text.ends_with('\n')) return text;
  text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

failure malformed(std::string what) {
  return {errc::fingerprint_malformed, std::move(what)};
}

outcome<fingerprint> from_hex(std::string_view digits) {
  fingerprint bits;
  const std::size_t good = decode_hex(digits, bits);
  if (good == digits.size()) return bits;
  return malformed("character " + std::to_string(good + 1) + " of 256 is no hex digit");
}

outcome<fingerprint> from_bits(std::string_view digits) {
  fingerprint bits{};
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != '0' && digits[i] != '1') {
      return malformed("character " + std::to_string(i + 1) + " of 1024 is neither 0 nor 1");
    }
    if (digits[i] == '1') bits[i / 8] |= std::byte{0x80} >> (i % 8);
  }
  return bits;
}

}  // namespace

outcome<fingerprint> decode_fingerprint(std::span<const std::byte> answer) {
  if (answer.size() == fingerprint_bytes) {
    fingerprint bits;
    std::memcpy(bits.data(), answer.data(), bits.size());
    return bits;
  }
  const std::string_view whole{reinterpret_cast<const char*>(answer.data()), answer.size()};
  const std::string_view text = without_newline(whole);
  if (text.size() == hex_digits) return from_hex(text);
  if (text.size() == bit_digits) return from_bits(text);
  return malformed(std::to_string(answer.size()) +
                   " bytes are no fingerprint: 128 bytes, 256 hex digits or 1024 characters 0 and "
                   "1 are");
}

}  // namespace reprise
