// Pictures that differ: sound PNG files, each of its own width.
//
// Threads  pure
// Source   W3C, Portable Network Graphics, third edition
#pragma once

#include <cstdint>
#include <string>

namespace reprise {

namespace numbered_picture_detail {

inline std::string big_endian(std::uint32_t number) {
  std::string text;
  for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(number >> shift & 0xff);
  return text;
}

inline std::string chunk(const std::string& kind, const std::string& data) {
  const std::string checked = kind + data;
  std::uint32_t sum = 0xffffffff;
  for (const char each : checked) {
    sum ^= static_cast<unsigned char>(each);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return big_endian(static_cast<std::uint32_t>(data.size())) + checked + big_endian(~sum);
}

}  // namespace numbered_picture_detail

// Of black pixels, by a header that may claim more rows than there are.
inline std::string png_of_size(std::uint32_t width, std::uint32_t height) {
  using namespace numbered_picture_detail;
  std::string row(1 + (width + 7) / 8, '\0');  // a bit a pixel, behind the row's filter
  std::uint32_t low = 1, high = 0;             // Adler's sums
  for (const char each : row) {
    low = (low + static_cast<unsigned char>(each)) % 65'521;
    high = (high + low) % 65'521;
  }
  const auto size = static_cast<std::uint16_t>(row.size());
  std::string stored = "\x78\x01\x01";  // zlib: one last block, as it is
  for (const unsigned half : {unsigned{size}, 0xffffU - size}) {
    stored += static_cast<char>(half & 0xff);
    stored += static_cast<char>(half >> 8 & 0xff);
  }
  stored += row + big_endian(high << 16 | low);
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR",
               big_endian(width) + big_endian(height) + std::string("\x01\x00\x00\x00\x00", 5)) +
         chunk("IDAT", stored) + chunk("IEND", "");
}

// As many pixels as its number, which is below 500,000, and one.
inline std::string numbered_picture(std::uint32_t number) {
  return png_of_size(number + 1, 1);
}

}  // namespace reprise
