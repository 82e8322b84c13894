// The small print of HTTP: tokens, names without case, percent escapes, reason phrases.
//
// Errors   percent_decoded: nothing where an escape is none
// Threads  pure
// Source   RFC 9110 section 5.6, RFC 3986 section 2.1
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reprise {

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] std::string lower_case(std::string_view text);        // of ASCII alone
[[nodiscard]] int hex_value(char digit) noexcept;                   // -1: it is none
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;  // without control characters
[[nodiscard]] bool is_token(std::string_view text) noexcept;
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;  // of spaces and tabs
// What stands before the first separator, trimmed; `rest` is what stands behind it.
[[nodiscard]] std::string_view next_piece(std::string_view& rest, char separator) noexcept;

enum class plus_sign { stays, is_space };  // in a query it is a space
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text, plus_sign plus);
[[nodiscard]] std::string percent_encoded(std::string_view text);  // all but what never needs it

[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace reprise
