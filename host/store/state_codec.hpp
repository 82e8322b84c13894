// The small byte formats inside the rows of state.db, and the cursors of its lists.
//
// Shapes   scores: 16 bytes, most significant first, so that bytes compare as numbers do. Best
//          lists: for each match its lag and its score, as base-128 numbers, least significant
//          group first. Headers: for each its name and its value, each behind its length, likewise.
//          Cursors: lower-case hex of the list's letter and its last key
// Errors   decoding gives nothing where the bytes are not exactly what encoding makes
// Threads  pure
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/state_store.hpp"

namespace reprise {

using score_bytes = std::array<std::byte, sizeof(score_value)>;
[[nodiscard]] score_bytes encode_score(score_value score) noexcept;
[[nodiscard]] std::optional<score_value> decode_score(std::span<const std::byte> bytes) noexcept;

// `time` is the tick that matches.
[[nodiscard]] std::vector<std::byte> encode_best(std::int64_t time,
                                                 std::span<const stored_match> best);
[[nodiscard]] std::optional<std::vector<stored_match>> decode_best(
    std::int64_t time, std::span<const std::byte> bytes);

[[nodiscard]] std::vector<std::byte> encode_headers(std::span<const header_field> headers);
[[nodiscard]] std::optional<std::vector<header_field>> decode_headers(
    std::span<const std::byte> bytes);

// A list's letter keeps its cursors from being taken for another list's.
[[nodiscard]] std::string encode_cursor(char list, std::span<const std::int64_t> key);
// Whether it was one of that list; `key` is filled.
[[nodiscard]] bool decode_cursor(char list, std::string_view cursor, std::span<std::int64_t> key);

}  // namespace reprise
