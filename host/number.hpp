// Numbers that people type, read strictly: the whole text, decimal, no sign but minus, no hex, no
// infinities.
//
// Errors   nothing where the text is no such number, or one that its type cannot hold
// Threads  pure
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace reprise {

[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;
[[nodiscard]] std::optional<double> parse_real(std::string_view text) noexcept;

}  // namespace reprise
