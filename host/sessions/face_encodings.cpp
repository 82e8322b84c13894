#include "host/sessions/face_encodings.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "host/json_text.hpp"
#include "host/little_endian.hpp"
#include "host/strict_json.hpp"

namespace reprise {
namespace {

constexpr std::size_t count_bytes = 4;
constexpr std::size_t head_bytes = 2 * count_bytes;
constexpr std::size_t number_bytes = 8;

failure malformed(std::string what) {
  return {errc::data_malformed, std::move(what), {}};
}

}  // namespace

std::vector<std::byte> bytes_of_encodings(const face_encodings& faces) {
  const std::size_t numbers = faces.empty() ? 0 : faces.front().size();
  std::vector<std::byte> bytes;
  bytes.reserve(head_bytes + faces.size() * numbers * number_bytes);
  put_little_endian(bytes, faces.size(), count_bytes);
  put_little_endian(bytes, numbers, count_bytes);
  for (const auto& encoding : faces) {
    for (const double number : encoding) {
      put_little_endian(bytes, std::bit_cast<std::uint64_t>(number), number_bytes);
    }
  }
  return bytes;
}

std::optional<face_encodings> encodings_of_bytes(std::span<const std::byte> bytes) {
  if (bytes.size() < head_bytes) return {};
  const std::uint64_t count = get_little_endian(bytes, 0, count_bytes);
  const std::uint64_t numbers = get_little_endian(bytes, count_bytes, count_bytes);
  if (numbers > encoding_numbers_max || (count > 0) != (numbers > 0)) return {};
  if (bytes.size() != head_bytes + count * numbers * number_bytes) return {};
  face_encodings faces(count, std::vector<double>(numbers));
  std::size_t at = head_bytes;
  for (auto& encoding : faces) {
    for (double& number : encoding) {
      number = std::bit_cast<double>(get_little_endian(bytes, at, number_bytes));
      if (!std::isfinite(number)) return {};
      at += number_bytes;
    }
  }
  return faces;
}

outcome<face_encodings> read_encodings(std::string_view json) {
  const auto answer = parse_strict_json(json);
  if (!answer) return malformed("it is no JSON, or holds a number that is too great");
  if (!answer->is_array()) return malformed("it is no list");
  face_encodings faces;
  for (const auto& face : *answer) {
    if (!face.is_array() || face.empty() || face.size() > encoding_numbers_max) {
      return malformed("a face has no list of 1 to " + std::to_string(encoding_numbers_max) +
                       " numbers");
    }
    auto& encoding = faces.emplace_back();
    encoding.reserve(face.size());
    for (const auto& number : face) {
      if (!number.is_number()) return malformed("an encoding holds what is no number");
      encoding.push_back(number.get<double>());
    }
    if (encoding.size() != faces.front().size()) {
      return malformed("its encodings have different lengths");
    }
  }
  return {boost::system::in_place_value, std::move(faces)};
}

void append_faces(std::string& out, const face_encodings& faces) {
  out += "{\"faces\":[";
  for (const auto& encoding : faces) {
    out += out.back() == '}' ? ",{\"encoding\":[" : "{\"encoding\":[";
    for (const double number : encoding) {
      if (out.back() != '[') out += ',';
      append_number(out, number);
    }
    out += "]}";
  }
  out += "]}";
}

}  // namespace reprise
