// Base64, read strictly: the standard alphabet, padded, without line breaks, and nothing in the
// bits that belong to no byte.
//
// Errors   the index of the first character that is at fault; text.size() where it ends too early
// Threads  pure
// Source   RFC 4648, section 4
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

void append_base64(std::string& out, std::span<const std::byte> bytes);

// `into` gets the bytes; nothing is returned where all is well.
[[nodiscard]] std::optional<std::size_t> decode_base64(std::string_view text,
                                                       std::vector<std::byte>& into);

}  // namespace reprise
