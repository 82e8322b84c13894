// The known name that somebody who mistyped may have meant.
//
// Errors   empty where none is near: more than a third of the letters, or more than two, differ
// Threads  pure
// Source   Levenshtein distance
#pragma once

#include <span>
#include <string_view>

namespace reprise {

[[nodiscard]] std::string_view nearest_name(std::string_view typed,
                                            std::span<const std::string_view> known);

}  // namespace reprise
