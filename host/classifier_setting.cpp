#include "host/classifier_setting.hpp"

#include <utility>

#include "host/json_text.hpp"
#include "host/number.hpp"

namespace reprise {
namespace {

std::string text_of(double number) {
  std::string text;
  append_number(text, number);
  return text;
}

}  // namespace

std::vector<std::string> arguments_of(const classifier_setting& made) {
  return {made.model,
          made.labels,
          std::to_string(made.width),
          std::to_string(made.height),
          text_of(made.mean[0]),
          text_of(made.mean[1]),
          text_of(made.mean[2]),
          text_of(made.scale)};
}

std::optional<classifier_setting> parse_classifier(std::span<const char* const> arguments) {
  if (arguments.size() != classifier_arguments) return std::nullopt;
  classifier_setting made{.model = arguments[0], .labels = arguments[1]};
  for (const auto& [side, typed] :
       {std::pair{&made.width, arguments[2]}, std::pair{&made.height, arguments[3]}}) {
    const auto read = parse_integer(typed);
    if (!read || *read < 1 || *read > classifier_side_max) return std::nullopt;
    *side = static_cast<std::uint32_t>(*read);
  }
  for (std::size_t i = 0; i < made.mean.size(); ++i) {
    const auto read = parse_real(arguments[4 + i]);
    if (!read) return std::nullopt;
    made.mean[i] = *read;
  }
  const auto scale = parse_real(arguments[7]);
  if (!scale) return std::nullopt;
  made.scale = *scale;
  return made;
}

}  // namespace reprise
