// What scan prints: lines of JSON for programs, or rows of a table for people.
//
// Shapes   JSON: {"channel","time","match_times","scores"} a tick, best first, or a repeat's line;
//          table: one row a match, or one a repeat, times in UTC
// Threads  pure, but for the header: const calls may run at once
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "host/match/matcher.hpp"
#include "host/repeats.hpp"

namespace reprise {

enum class scan_format { ndjson, table };

struct scan_text {
  scan_format format = scan_format::ndjson;
  bool repeats = false;
  bool coloured = false;          // of the table
  std::size_t channel_width = 0;  // of the table: the longest name's
  rule by = {};

  // The table's first row; nothing for JSON.
  void append_header(std::string& out) const;
  // `best` is not empty.
  void append_matches(std::string& out, std::string_view channel, std::int64_t time,
                      std::span<const match> best) const;
  void append_repeat(std::string& out, std::string_view channel, const repeat& written) const;
  // What a table without rows says; nothing for JSON.
  void append_nothing_found(std::string& out) const;
};

}  // namespace reprise
