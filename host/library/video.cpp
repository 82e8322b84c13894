#include "host/library/video.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "host/utf8.hpp"

namespace reprise {
namespace {

bool is_content_id_character(char byte) noexcept {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == ':' || byte == '-';
}

// In valid UTF-8: U+0000 to U+001F, U+007F to U+009F.
bool has_control_character(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

}  // namespace

bool same_bits(const feature_vector& a, const feature_vector& b) noexcept {
  // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the bits are what is compared
  return std::memcmp(a.data(), b.data(), sizeof a) == 0;
}

std::optional<std::string> content_id_fault(std::string_view checked) {
  if (!checked.empty() && checked.size() <= content_id_bytes_max &&
      std::all_of(checked.begin(), checked.end(), is_content_id_character)) {
    return {};
  }
  return "must be 1 to 128 of A-Z a-z 0-9 . _ : -";
}

std::optional<std::string> label_fault(std::string_view checked) {
  if (checked.empty()) return "must not be empty";
  if (!simdjson::validate_utf8(checked.data(), checked.size())) return "must be UTF-8";
  if (has_control_character(checked)) return "must not have control characters";
  if (characters_of(checked) > label_characters_max) return "must have at most 200 characters";
  return {};
}

std::optional<video_fault> fault_of(const video& checked) {
  if (auto fault = content_id_fault(checked.content_id)) return video_fault{"content_id", *fault};
  if (auto fault = label_fault(checked.actual_label)) return video_fault{"actual_label", *fault};
  if (auto fault = label_fault(checked.predicted_label)) {
    return video_fault{"predicted_label", *fault};
  }
  if (checked.tvshow) {
    if (auto fault = label_fault(*checked.tvshow)) return video_fault{"tvshow", *fault};
  }
  const bool finite = std::all_of(checked.features.begin(), checked.features.end(),
                                  [](double each) { return std::isfinite(each); });
  if (!finite) return video_fault{"feature_vector", "must have finite numbers alone"};
  return {};
}

}  // namespace reprise
