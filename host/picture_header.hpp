// What a picture's file says of itself, read without decoding anything.
//
// Shapes   a picture is a whole JPEG, PNG or WebP file; width and height are as stored, before any
//          turn that its EXIF data ask for
// Errors   data_malformed, in one line: it is no such picture, is cut off, says what cannot be, or
//          claims more than picture_pixels_max pixels
// Threads  pure
// Source   JPEG: ITU-T T.81, annex B; PNG: W3C, third edition, sections 5 and 11; WebP: RFC 9649
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "host/failure.hpp"

namespace reprise {

enum class picture_type { jpeg, png, webp };

[[nodiscard]] std::string_view to_string(picture_type type) noexcept;  // "JPEG"

struct picture_header {
  picture_type type = picture_type::jpeg;
  std::uint32_t width = 0;  // both 1 at least
  std::uint32_t height = 0;
  friend bool operator==(const picture_header&, const picture_header&) = default;
};

// Of the file's first bytes, up to where its size stands.
[[nodiscard]] outcome<picture_header> read_picture_header(std::span<const std::byte> first);

// The same of a whole file, whose end must be there too: what a decoder would make up where a file
// is cut off is no picture of anything. It may hold picture_bytes_max (host/vision.hpp).
[[nodiscard]] outcome<picture_header> check_picture(std::span<const std::byte> file);

}  // namespace reprise
