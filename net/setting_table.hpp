// The settings of the service, one by one: name, kind, bounds, and its place in `configuration`.
//
// Shapes   a value is a text, a whole number, a real one, a flag, or a list of texts, of whole or
//          of real numbers; from the environment all of them come as text, lists with commas, a
//          flag as true or false
// Errors   set() gives what was expected instead
// Threads  pure
// Source   configuration, docs/design.md
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/configuration.hpp"

namespace reprise {

using setting_value = std::variant<std::string, std::int64_t, double, std::vector<std::string>,
                                   bool, std::vector<std::int64_t>, std::vector<double>>;
enum class setting_kind { text, whole, real, list, flag, whole_list, real_list };

struct setting {
  std::string_view section;
  std::string_view key;
  setting_kind kind = setting_kind::text;
  std::string_view expected;  // "a whole number from 1 to 604800"
  // False where the value is out of bounds; its kind is the setting's.
  bool (*set)(configuration& into, const setting_value& value);
  setting_value (*get)(const configuration& of);
};

[[nodiscard]] std::span<const setting> settings() noexcept;
[[nodiscard]] const setting* find_setting(std::string_view section, std::string_view key) noexcept;
// REPRISE_SECTION_KEY
[[nodiscard]] std::string variable_of(const setting& named);
// Nothing where the text is no value of that kind.
[[nodiscard]] std::optional<setting_value> parse_setting(setting_kind kind, std::string_view text);
// As TOML writes it.
[[nodiscard]] std::string as_toml(const setting_value& value);

}  // namespace reprise
