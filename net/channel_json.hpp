// A channel's settings from and to the JSON of the API.
//
// Shapes   the fields of channel_settings by their own names, each optional; header objects are
//          {"Name": "value"}, write-only: no text made here has them
// Errors   json_malformed; field_invalid, out_of_range and url_invalid with the JSON pointer: an
//          unknown field, a wrong type, a number outside its bounds, threshold beside similarity, a
//          header that is none or that only the service may set
// Threads  pure
// Source   HTTP, docs/design.md; RFC 7396 (merge patch), RFC 9110 (headers)
#pragma once

#include <string>
#include <string_view>

#include "host/channel_book.hpp"
#include "host/channel_settings.hpp"
#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t channel_headers_max = 16;
inline constexpr std::size_t channel_headers_bytes_max = 4'096;  // names and values together
inline constexpr std::size_t channel_body_bytes_max = 65'536;

// The greatest score that there is, as the double nearest to it: nothing scores more.
[[nodiscard]] double threshold_max() noexcept;

[[nodiscard]] outcome<channel_settings> parse_channel_settings(std::string_view body,
                                                               const channel_defaults& defaults);

// `patched` with a merge patch applied: null takes a field away. Names of headers are compared
// whatever their case. Where scheme, host or port of a URL change, its headers of before are
// dropped.
[[nodiscard]] outcome<channel_settings> patch_channel_settings(const channel_settings& patched,
                                                               std::string_view patch,
                                                               const channel_defaults& defaults);

// The channel as GET shows it: its settings, the defaults where it has none, and how it does.
void append_channel(std::string& out, const channel_entry& shown, const channel_defaults& defaults);

}  // namespace reprise
