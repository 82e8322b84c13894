// What kind of picture a file is, by its first bytes.
//
// Shapes   picture_signature_bytes suffice to tell
// Errors   nothing where it is none that is taken
// Threads  pure
// Source   ITU-T T.81 annex B; the PNG specification, section 5.2; RFC 9649
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace reprise {

enum class picture_kind { jpeg, png, webp };

inline constexpr std::size_t picture_signature_bytes = 12;

[[nodiscard]] inline std::optional<picture_kind> kind_of_picture(
    std::span<const std::byte> begin) noexcept {
  const std::string_view bytes{reinterpret_cast<const char*>(begin.data()), begin.size()};
  if (bytes.starts_with("\xff\xd8\xff")) return picture_kind::jpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return picture_kind::png;
  const bool is_webp = bytes.starts_with("RIFF") && bytes.size() >= picture_signature_bytes &&
                       bytes.substr(8, 4) == "WEBP";
  if (is_webp) return picture_kind::webp;
  return std::nullopt;
}

[[nodiscard]] constexpr std::string_view content_type_of(picture_kind kind) noexcept {
  constexpr std::string_view types[] = {"image/jpeg", "image/png", "image/webp"};
  return types[static_cast<std::size_t>(kind)];
}

}  // namespace reprise
