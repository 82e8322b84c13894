// Names of channels: 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or a digit.
//
// Threads  pure
#pragma once

#include <string>
#include <string_view>

namespace reprise {

inline constexpr std::size_t channel_name_bytes_max = 64;
inline constexpr std::string_view channel_name_expected =
    "1 to 64 of A-Z a-z 0-9 . _ -, first a letter or digit";

[[nodiscard]] bool is_channel_name(std::string_view checked) noexcept;

// The name that a recording gives to its channel: the file's stem, other characters as `_`, without
// what may not stand first, cut to 64; "recording" where nothing is left, "stdin" for "-".
[[nodiscard]] std::string channel_name_of(std::string_view path);

}  // namespace reprise
