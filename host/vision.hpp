// What looks at pictures: a picture in, numbers about it out.
//
// Shapes   a picture is a whole JPEG, PNG or WebP file, picture_bytes_max at most. A descriptor
//          has descriptor_numbers, of length 1; a face's encoding face_numbers, likewise; faces
//          are ordered by size, the largest first. The same picture gives the same numbers
// Errors   data_malformed: it is no such picture, is broken, or claims more than picture_pixels_max
//          pixels; helper_failed: this picture brought the helper down, or took too long or too
//          much memory; stopping. None of these concerns the next picture. helper_missing, and
//          configuration_invalid: there is no helper, or none that starts, for whichever picture
// Threads  each call waits; one at a time an object
// Source   image sessions and predictions, docs/design.md
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t picture_bytes_max = std::size_t{5} << 20;
inline constexpr std::uint64_t picture_pixels_max = 40'000'000;
inline constexpr std::size_t descriptor_numbers = 256;
inline constexpr std::size_t face_numbers = 128;

using picture_descriptor = std::array<double, descriptor_numbers>;
using face_encoding = std::array<double, face_numbers>;

struct classification {
  std::string label;
  double score = 0;  // 0 to 1
  friend bool operator==(const classification&, const classification&) = default;
};

class vision {
 public:
  virtual ~vision() = default;
  [[nodiscard]] virtual outcome<picture_descriptor> describe(
      std::span<const std::byte> picture) = 0;
  // All faces that are found, none where there is none.
  [[nodiscard]] virtual outcome<std::vector<face_encoding>> encode_faces(
      std::span<const std::byte> picture) = 0;
  // By the model that it was made with.
  [[nodiscard]] virtual outcome<classification> classify(std::span<const std::byte> picture) = 0;
};

}  // namespace reprise
