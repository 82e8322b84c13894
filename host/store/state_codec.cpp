#include "host/store/state_codec.hpp"

#include "host/hex.hpp"

namespace reprise {
namespace {

void append_number(std::vector<std::byte>& into, score_value number) {
  for (; number >= 0x80; number >>= 7) into.push_back(std::byte(0x80 | (number & 0x7f)));
  into.push_back(std::byte(number));
}

// Takes a number of at most `bits` bits from the front, in its shortest form.
std::optional<score_value> take_number(std::span<const std::byte>& from, unsigned bits) {
  score_value number = 0;
  for (unsigned shift = 0; shift < bits && !from.empty(); shift += 7) {
    const auto group = std::to_integer<std::uint8_t>(from.front());
    from = from.subspan(1);
    const score_value digits = group & 0x7f;
    if (bits - shift < 7 && digits >> (bits - shift) != 0) return {};
    number |= digits << shift;
    if (group < 0x80) {
      if (group == 0 && shift > 0) return {};
      return number;
    }
  }
  return {};
}

void append_text(std::vector<std::byte>& into, std::string_view text) {
  append_number(into, text.size());
  const auto bytes = std::as_bytes(std::span{text});
  into.insert(into.end(), bytes.begin(), bytes.end());
}

std::optional<std::string> take_text(std::span<const std::byte>& from) {
  const auto length = take_number(from, 64);
  if (!length || *length > from.size()) return {};
  const auto bytes = from.first(static_cast<std::size_t>(*length));
  from = from.subspan(bytes.size());
  return std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

score_bytes encode_score(score_value score) noexcept {
  score_bytes bytes;
  for (std::size_t i = bytes.size(); i-- > 0; score >>= 8) bytes[i] = std::byte(score & 0xff);
  return bytes;
}

std::optional<score_value> decode_score(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() != sizeof(score_value)) return {};
  score_value score = 0;
  for (const std::byte byte : bytes) score = score << 8 | std::to_integer<std::uint8_t>(byte);
  return score;
}

std::vector<std::byte> encode_best(std::int64_t time, std::span<const stored_match> best) {
  std::vector<std::byte> bytes;
  for (const stored_match& match : best) {
    // Modulo 2^64, so that every pair of times comes back.
    append_number(bytes, static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(match.time));
    append_number(bytes, match.score);
  }
  return bytes;
}

std::optional<std::vector<stored_match>> decode_best(std::int64_t time,
                                                     std::span<const std::byte> bytes) {
  std::vector<stored_match> best;
  while (!bytes.empty()) {
    const auto lag = take_number(bytes, 64);
    if (!lag) return {};
    const auto score = take_number(bytes, 128);
    if (!score) return {};
    const std::uint64_t matched =
        static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(*lag);
    best.push_back({static_cast<std::int64_t>(matched), *score});
  }
  return best;
}

std::vector<std::byte> encode_headers(std::span<const header_field> headers) {
  std::vector<std::byte> bytes;
  for (const header_field& header : headers) {
    append_text(bytes, header.name);
    append_text(bytes, header.value);
  }
  return bytes;
}

std::optional<std::vector<header_field>> decode_headers(std::span<const std::byte> bytes) {
  std::vector<header_field> headers;
  while (!bytes.empty()) {
    auto name = take_text(bytes);
    if (!name) return {};
    auto value = take_text(bytes);
    if (!value) return {};
    headers.push_back({std::move(*name), std::move(*value)});
  }
  return headers;
}

std::string encode_cursor(char list, std::span<const std::int64_t> key) {
  std::vector<std::byte> bytes{static_cast<std::byte>(list)};
  for (const std::int64_t number : key) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes.push_back(std::byte(static_cast<std::uint64_t>(number) >> shift & 0xff));
    }
  }
  std::string cursor;
  append_hex(cursor, bytes);
  return cursor;
}

bool decode_cursor(char list, std::string_view cursor, std::span<std::int64_t> key) {
  std::vector<std::byte> bytes(1 + 8 * key.size());
  if (cursor.size() != 2 * bytes.size()) return false;
  if (decode_hex(cursor, bytes) != cursor.size()) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::uint64_t number = 0;
    for (std::size_t j = 0; j < 8; ++j) {
      number = number << 8 | std::to_integer<std::uint8_t>(bytes[1 + 8 * i + j]);
    }
    key[i] = static_cast<std::int64_t>(number);
  }
  return encode_cursor(list, key) == cursor;  // its letter, and the case of its digits
}

}  // namespace reprise
