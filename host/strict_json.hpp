// JSON of a request, read strictly: what two readers might understand in two ways is refused.
//
// Shapes   whole numbers from -2^63 to 2^64 - 1 are kept exactly, all others are doubles: -0 is
//          one, with its sign
// Errors   json_malformed with the byte where reading stopped: no UTF-8, no JSON (NaN, comments, a
//          byte order mark, an empty text), a name twice in one object, more than json_depth_max
//          levels, more data behind the end. out_of_range with the JSON pointer in `field`: a
//          number that no double can hold (1e999)
// Threads  pure
// Source   RFC 8259, RFC 6901
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t json_depth_max = 8;

[[nodiscard]] outcome<nlohmann::json> parse_strict_json(std::string_view text);

// One step of a JSON pointer: "/" and the name, escaped.
[[nodiscard]] std::string json_pointer_step(std::string_view name);

}  // namespace reprise
