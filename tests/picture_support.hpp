// What tests of pictures share: those of tests/data/pictures, and headers that claim too much.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace reprise {

using picture_file = std::vector<std::byte>;

inline picture_file picture_of(const std::string& bytes) {
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

inline picture_file read_test_picture(const std::string& name) {
  std::ifstream file{REPRISE_TEST_DATA "/pictures/" + name, std::ios::binary};
  EXPECT_TRUE(file.is_open()) << name;
  return picture_of({std::istreambuf_iterator<char>{file}, {}});
}

inline std::string big_endian_text(std::uint32_t value, int width) {
  std::string text;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    text += static_cast<char>(value >> shift & 0xff);
  }
  return text;
}

inline std::string little_endian_text(std::uint32_t value, int width) {
  const std::string text = big_endian_text(value, width);
  return {text.rbegin(), text.rend()};
}

// The beginnings of files that claim so many pixels, as a decoder would believe them.
inline picture_file jpeg_claiming(std::uint32_t width, std::uint32_t height) {
  using namespace std::string_literals;
  return picture_of("\xff\xd8\xff\xc0\x00\x0b\x08"s + big_endian_text(height, 2) +
                    big_endian_text(width, 2) + "\x01\x01\x11\x00"s);
}
inline picture_file png_claiming(std::uint32_t width, std::uint32_t height) {
  using namespace std::string_literals;
  return picture_of("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"s + big_endian_text(width, 4) +
                    big_endian_text(height, 4) + "\x08\x02\x00\x00\x00"s);
}
inline picture_file webp_claiming(std::uint32_t width, std::uint32_t height) {
  using namespace std::string_literals;
  return picture_of("RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"s +
                    little_endian_text(width - 1, 3) + little_endian_text(height - 1, 3));
}

}  // namespace reprise
