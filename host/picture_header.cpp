#include "host/picture_header.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "host/little_endian.hpp"
#include "host/vision.hpp"

namespace reprise {
namespace {

using bytes = std::span<const std::byte>;

failure malformed(const std::string& why) {
  return {errc::data_malformed, why};
}

failure cut_off(picture_type type) {
  return malformed("the " + std::string{to_string(type)} + " is cut off");
}

failure broken(picture_type type) {
  return malformed("the " + std::string{to_string(type)} + " is broken");
}

bool begins(bytes file, std::string_view mark) {
  return file.size() >= mark.size() && std::memcmp(file.data(), mark.data(), mark.size()) == 0;
}

std::uint32_t big_endian(bytes file, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value = value << 8 | std::to_integer<std::uint32_t>(file[at + i]);
  }
  return value;
}

std::uint32_t little_endian(bytes file, std::size_t at, std::size_t width) {
  return static_cast<std::uint32_t>(get_little_endian(file, at, width));
}

// JPEG: a sequence of segments, each a marker and, with most, a length and its data.
namespace jpeg {

constexpr unsigned start_of_image = 0xd8, end_of_image = 0xd9, start_of_scan = 0xda;

bool stands_alone(unsigned marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= start_of_image);
}

// SOF0 to SOF15, less the three of that range that are tables.
bool is_frame(unsigned marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// The marker at `at`, which is moved behind it; nothing where the file ends. 0: there is none.
std::optional<unsigned> next_marker(bytes file, std::size_t& at) {
  if (at >= file.size()) return std::nullopt;
  if (file[at] != std::byte{0xff}) return 0;
  while (at < file.size() && file[at] == std::byte{0xff}) ++at;  // any number may come before it
  if (at >= file.size()) return std::nullopt;
  return std::to_integer<unsigned>(file[at++]);
}

// To the next marker that is no part of the coded data.
void pass_scan(bytes file, std::size_t& at) {
  while (at + 1 < file.size()) {
    const void* const found = std::memchr(&file[at], 0xff, file.size() - at - 1);
    if (found == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - file.data());
    const auto next = std::to_integer<unsigned>(file[at + 1]);
    const bool is_restart = next >= 0xd0 && next <= 0xd7;
    if (next != 0 && next != 0xff && !is_restart) return;
    ++at;
  }
  at = file.size();
}

// With `whole`, to the end of the image; else to the frame.
outcome<picture_header> read(bytes file, bool whole) {
  constexpr auto type = picture_type::jpeg;
  std::optional<picture_header> frame;
  std::size_t at = 2;
  for (;;) {
    const auto marker = next_marker(file, at);
    if (!marker) return cut_off(type);
    if (*marker == end_of_image && frame) return *frame;
    if (*marker == 0 || *marker == end_of_image) return broken(type);
    if (stands_alone(*marker)) continue;
    if (file.size() - at < 2) return cut_off(type);
    const std::uint32_t length = big_endian(file, at, 2);
    if (length < 2) return broken(type);
    if (is_frame(*marker) && !frame) {
      if (file.size() - at < 7) return cut_off(type);
      frame = picture_header{type, big_endian(file, at + 5, 2), big_endian(file, at + 3, 2)};
      if (!whole) return *frame;
    }
    if (file.size() - at < length) return cut_off(type);
    at += length;
    if (*marker != start_of_scan) continue;
    if (!frame) return broken(type);
    pass_scan(file, at);
  }
}

}  // namespace jpeg

// PNG: a signature, then chunks: length, name, data, checksum.
namespace png {

constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
constexpr std::size_t around_bytes = 12;  // of a chunk, besides its data
constexpr std::size_t size_end = 24;

outcome<picture_header> read(bytes file, bool whole) {
  constexpr auto type = picture_type::png;
  if (file.size() < size_end) return cut_off(type);
  if (!begins(file.subspan(signature.size() + 4), "IHDR")) return broken(type);
  const picture_header head{type, big_endian(file, 16, 4), big_endian(file, 20, 4)};
  if (!whole) return head;
  for (bytes left = file.subspan(signature.size());;) {
    if (left.size() < around_bytes) return cut_off(type);
    const std::size_t length = big_endian(left, 0, 4);
    if (left.size() - around_bytes < length) return cut_off(type);
    if (begins(left.subspan(4), "IEND")) return head;
    left = left.subspan(around_bytes + length);
  }
}

}  // namespace png

// WebP: a RIFF file whose first chunk holds the size, in one of three forms.
namespace webp {

constexpr std::size_t riff_bytes = 12, chunk_head_bytes = 8;

outcome<picture_header> size_of(bytes file) {
  constexpr auto type = picture_type::webp;
  if (file.size() < riff_bytes + chunk_head_bytes) return cut_off(type);
  const bytes chunk = file.subspan(riff_bytes), data = chunk.subspan(chunk_head_bytes);
  if (begins(chunk, "VP8 ")) {
    if (data.size() < 10) return cut_off(type);
    if (!begins(data.subspan(3), "\x9d\x01\x2a")) return broken(type);
    return picture_header{type, little_endian(data, 6, 2) & 0x3fff,
                          little_endian(data, 8, 2) & 0x3fff};
  }
  if (begins(chunk, "VP8L")) {
    if (data.size() < 5) return cut_off(type);
    if (data[0] != std::byte{0x2f}) return broken(type);
    const std::uint32_t bits = little_endian(data, 1, 4);
    return picture_header{type, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
  }
  if (begins(chunk, "VP8X")) {
    if (data.size() < 10) return cut_off(type);
    return picture_header{type, little_endian(data, 4, 3) + 1, little_endian(data, 7, 3) + 1};
  }
  return broken(type);
}

outcome<picture_header> read(bytes file, bool whole) {
  const outcome<picture_header> head = size_of(file);
  const bool is_cut = head && whole && little_endian(file, 4, 4) > file.size() - chunk_head_bytes;
  if (is_cut) return cut_off(picture_type::webp);
  return head;
}

}  // namespace webp

outcome<picture_header> read_any(bytes file, bool whole) {
  if (begins(file, "\xff\xd8\xff")) return jpeg::read(file, whole);
  if (begins(file, png::signature)) return png::read(file, whole);
  if (begins(file, "RIFF") && file.size() >= webp::riff_bytes && begins(file.subspan(8), "WEBP")) {
    return webp::read(file, whole);
  }
  return malformed("it is no picture: neither JPEG nor PNG nor WebP");
}

outcome<picture_header> bounded(const outcome<picture_header>& head) {
  if (!head) return head;
  const std::string claims = "the " + std::string{to_string(head->type)} + " claims " +
                             std::to_string(head->width) + " x " + std::to_string(head->height) +
                             " pixels; ";
  if (head->width == 0 || head->height == 0) return malformed(claims + "that is none");
  if (std::uint64_t{head->width} * head->height > picture_pixels_max) {
    return malformed(claims + "at most " + std::to_string(picture_pixels_max) + " are taken");
  }
  return head;
}

}  // namespace

std::string_view to_string(picture_type type) noexcept {
  switch (type) {
    case picture_type::jpeg:
      return "JPEG";
    case picture_type::png:
      return "PNG";
    case picture_type::webp:
      break;
  }
  return "WebP";
}

outcome<picture_header> read_picture_header(std::span<const std::byte> first) {
  return bounded(read_any(first, false));
}

outcome<picture_header> check_picture(std::span<const std::byte> file) {
  // A bomb is refused as one, however little of it there is.
  if (const auto head = read_picture_header(file); !head) return head;
  if (file.size() > picture_bytes_max) {
    return malformed("it has " + std::to_string(file.size()) + " bytes; at most " +
                     std::to_string(picture_bytes_max) + " are taken");
  }
  return bounded(read_any(file, true));
}

}  // namespace reprise
