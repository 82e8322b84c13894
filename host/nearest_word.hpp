// The word that somebody probably meant: the nearest of those known, by edits of one character.
//
// Errors   nothing where no known word is near (more than a third of its letters differ)
// Threads  pure
// Source   V. Levenshtein, 1966: distance by insertions, deletions and substitutions
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace reprise {

[[nodiscard]] std::optional<std::string_view> nearest_word(std::string_view typed,
                                                           std::span<const std::string_view> known);

}  // namespace reprise
