// What passes between the CUDA engine and a device: the records of a batch, and its answers.
//
// Shapes   plain data, copied as bytes; a batch is `appends` records and then `rows` query rows
// Threads  pure
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/plane_layout.hpp"
#include "host/match/match.hpp"

namespace reprise {

// One second that joins a history; its suffix follows, suffix_words_of(by) words. A missing second
// has prefix 0, and its suffix is not read. Records of one batch lie in different slots.
struct append_record {
  channel_planes planes;
  std::uint32_t slot;
  std::uint32_t prefix;
};
REPRISE_HOST_DEVICE constexpr std::size_t append_bytes(const rule& by) noexcept {
  return (sizeof(append_record) + suffix_words_of(by) * 4 + 15) / 16 * 16;
}

// One query: the newest run of change vectors of one channel, asked of its history.
struct query_row {
  channel_planes planes;
  std::uint32_t slot;       // of the asking second
  std::uint32_t least_lag;  // seconds, both inclusive
  std::uint32_t greatest_lag;
  std::uint32_t top_k;
  std::uint32_t ids[run_max];  // prefixes of the run, newest first; 0: missing
  std::uint32_t plane;         // that this tick's agreements are kept in, if `keeps`
  std::uint32_t keeps;
  std::uint32_t earlier;      // ticks of the run before this one whose agreements were kept
  std::uint32_t first_tile;   // its place in the tiles' answers
  std::uint32_t first_found;  // in the tiles' best, top_k a tile
  std::uint32_t first_best;   // in the batch's best, top_k
  std::uint64_t limit_low;    // the greatest score that is no match
  std::uint64_t limit_high;
};

// A match on its way from the device.
struct found_match {
  std::uint64_t score_low;
  std::uint64_t score_high;
  std::uint32_t lag_seconds;
  std::uint32_t unused;
};

REPRISE_HOST_DEVICE constexpr score_value score_of(std::uint64_t low, std::uint64_t high) noexcept {
  return static_cast<score_value>(high) << 64 | low;
}
REPRISE_HOST_DEVICE constexpr match unpack(const found_match& found) noexcept {
  return {found.lag_seconds, score_of(found.score_low, found.score_high)};
}
REPRISE_HOST_DEVICE constexpr found_match pack(const match& found) noexcept {
  return {static_cast<std::uint64_t>(found.score), static_cast<std::uint64_t>(found.score >> 64),
          found.lag_seconds, 0};
}

// Of a tile or a row: how many of its best are there, and how many matches it has in all.
struct match_count {
  std::uint32_t kept;
  std::uint32_t all;
};

// Asks for all matches of a row, to be written from place `first` on, by increasing lag.
struct collect_request {
  std::uint32_t row;
  std::uint32_t first;
};

// Asks for the score of one lag of a row; 0 where there is none.
struct probe_request {
  std::uint32_t row;
  std::uint32_t lag_seconds;
};

}  // namespace reprise
