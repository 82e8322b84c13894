// What an encoder makes of a picture, an encoding for each face: as numbers, as bytes that are
// stored, and as JSON.
//
// Shapes   all encodings of a picture have equally many numbers, 1 to encoding_numbers_max, finite.
//          As bytes: 4 for the count of faces, 4 for that of an encoding's numbers, then 8 for each
//          number, to the bit; least significant bytes first
// Errors   read_encodings: data_malformed, in words that hold none of the text
// Threads  pure
// Source   image sessions, docs/design.md
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t encoding_numbers_max = 4'096;

using face_encodings = std::vector<std::vector<double>>;

[[nodiscard]] std::vector<std::byte> bytes_of_encodings(const face_encodings& faces);
// Nothing where these are no encodings.
[[nodiscard]] std::optional<face_encodings> encodings_of_bytes(std::span<const std::byte> bytes);

// What an encoder answers: a list of encodings, one a face; also of none.
[[nodiscard]] outcome<face_encodings> read_encodings(std::string_view json);
// {"faces":[{"encoding":[...]}]}
void append_faces(std::string& out, const face_encodings& faces);

}  // namespace reprise
