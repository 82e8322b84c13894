// The settings of predictions, as setting_table.hpp has those of the rest, and what they must be
// together.
//
// Threads  pure
// Source   configuration, docs/design.md
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/setting_table.hpp"

namespace reprise {

[[nodiscard]] std::span<const setting> prediction_setting_table() noexcept;

struct setting_fault {
  std::string_view key;
  std::string what;
};
// What the chosen predictor lacks.
[[nodiscard]] std::optional<setting_fault> fault_of(const prediction_settings& made);

}  // namespace reprise
