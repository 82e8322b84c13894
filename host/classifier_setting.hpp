// A classifier of the user's for pictures: a model in the ONNX format, and what it wants to see.
//
// Shapes   a pixel's value v of 0 to 255 becomes (v - mean) * scale, in planes red, green, blue of
//          height x width; the picture is squeezed to that size. labels: a text file, one label a
//          line, one for each of the model's outputs
// Errors   parse: nothing where the words are none that arguments_of gives
// Threads  pure
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace reprise {

inline constexpr std::uint32_t classifier_side_max = 4'096;

struct classifier_setting {
  std::string model;
  std::string labels;
  std::uint32_t width = 224;  // 1 to classifier_side_max
  std::uint32_t height = 224;
  std::array<double, 3> mean{};  // red, green, blue; of 0 to 255
  double scale = 1.0 / 255;
  friend bool operator==(const classifier_setting&, const classifier_setting&) = default;
};

inline constexpr std::size_t classifier_arguments = 8;

// As reprise-vision takes it: MODEL LABELS WIDTH HEIGHT RED GREEN BLUE SCALE.
[[nodiscard]] std::vector<std::string> arguments_of(const classifier_setting& made);
[[nodiscard]] std::optional<classifier_setting> parse_classifier(
    std::span<const char* const> arguments);

}  // namespace reprise
