// A strict reader of CSV that comes in pieces.
//
// Shapes   pieces of any size in, records out: cells by comma, records by LF or CRLF, the last one
//          with or without; a cell in quotes may hold commas, line ends and doubled quotes. A byte
//          order mark at the start is skipped, an empty line is no record. Cells are the bytes as
//          they came: whoever takes them judges their text
// Errors   data_malformed with "line N: why", after which every call gives the same: a quote inside
//          a plain cell, anything between a closing quote and the next comma, a carriage return
//          alone, quotes never closed, more than one of the bounds below. The taker's own failures
// Threads  one
// Owns     the record that is being read, within the bounds
// Source   RFC 4180
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/failure.hpp"

namespace reprise {

inline constexpr std::size_t csv_cell_bytes_max = 65'536;
inline constexpr std::size_t csv_record_bytes_max = 131'072;
inline constexpr std::size_t csv_columns_max = 512;

struct csv_record {
  std::uint64_t line = 0;  // where it begins, from 1
  std::span<const std::string_view> cells;
};

class csv_reader {
 public:
  // The record lives until the taker returns; its failure ends the reading.
  using taker = std::function<outcome<void>(const csv_record&)>;

  csv_reader();
  [[nodiscard]] outcome<void> read(std::string_view piece, const taker& take);
  // The end of the file: gives the last record where it had no line end.
  [[nodiscard]] outcome<void> finish(const taker& take);

 private:
  enum class place { mark, cell_start, plain, quoted, quote, carriage_return };

  outcome<void> read_on(std::string_view piece, const taker& take);
  std::size_t skip_mark(std::string_view piece);
  outcome<std::size_t> read_plain(std::string_view piece);
  outcome<std::size_t> read_quoted(std::string_view piece);
  outcome<void> read_separator(char byte, const taker& take);
  outcome<void> append(std::string_view bytes);
  outcome<void> end_cell();
  outcome<void> end_record(const taker& take);
  [[nodiscard]] failure malformed(std::string_view why) const;

  place at_ = place::mark;
  std::size_t mark_bytes_ = 0;  // of the byte order mark, seen so far
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
  std::uint64_t quote_line_ = 1;
  bool has_quotes_ = false;  // the record has: it is no empty line
  std::string text_;         // the cells of the record, one behind the other
  std::size_t cell_begin_ = 0;
  std::vector<std::size_t> ends_;
  std::vector<std::string_view> cells_;
  std::optional<failure> failed_;
};

}  // namespace reprise
