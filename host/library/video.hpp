// A labelled video: what it shows, what a model took it for, and the numbers that the model saw.
//
// Shapes   content_id 1 to 128 of A-Z a-z 0-9 . _ : -; labels and tvshow 1 to 200 characters (code
//          points of valid UTF-8, none of them a control character); features in order, finite
// Errors   the faults say in half a sentence what a field must be; nothing where it is sound
// Threads  pure
// Source   the library around the matcher, docs/design.md
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace reprise {

inline constexpr std::size_t features_count = 256;
inline constexpr std::size_t content_id_bytes_max = 128;
inline constexpr std::size_t label_characters_max = 200;

using feature_vector = std::array<double, features_count>;

// To the bit: -0.0 is not 0.0.
[[nodiscard]] bool same_bits(const feature_vector& a, const feature_vector& b) noexcept;

struct video_entry {
  std::string content_id;
  std::string actual_label;
  std::string predicted_label;
  std::optional<std::string> tvshow = {};
  friend bool operator==(const video_entry&, const video_entry&) = default;
};

struct video : video_entry {
  feature_vector features{};
  [[nodiscard]] const video_entry& entry() const noexcept { return *this; }
  friend bool operator==(const video& a, const video& b) noexcept {
    return a.entry() == b.entry() && same_bits(a.features, b.features);
  }
};

[[nodiscard]] std::optional<std::string> content_id_fault(std::string_view checked);
[[nodiscard]] std::optional<std::string> label_fault(std::string_view checked);

struct video_fault {
  std::string_view field;
  std::string what;
};
// The first one, in the order of the fields.
[[nodiscard]] std::optional<video_fault> fault_of(const video& checked);

}  // namespace reprise
