#include "host/library/csv_reader.hpp"

#include <algorithm>
#include <array>

namespace reprise {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

constexpr auto ends_plain_run = [] {
  std::array<bool, 256> made{};
  for (const char byte : {',', '"', '\r', '\n'}) made[static_cast<unsigned char>(byte)] = true;
  return made;
}();

}  // namespace

csv_reader::csv_reader() {
  text_.reserve(csv_record_bytes_max);
  ends_.reserve(csv_columns_max);
  cells_.reserve(csv_columns_max);
}

failure csv_reader::malformed(std::string_view why) const {
  return {errc::data_malformed, "line " + std::to_string(line_) + ": " + std::string{why}};
}

outcome<void> csv_reader::read(std::string_view piece, const taker& take) {
  if (failed_) return *failed_;
  auto done = read_on(piece, take);
  if (!done) failed_ = done.error();
  return done;
}

outcome<void> csv_reader::read_on(std::string_view piece, const taker& take) {
  while (!piece.empty()) {
    outcome<std::size_t> taken{1};
    switch (at_) {
      case place::mark:
        taken = skip_mark(piece);
        break;
      case place::cell_start:
        if (piece.front() == '"') {
          at_ = place::quoted;
          has_quotes_ = true;
          quote_line_ = line_;
        } else {
          at_ = place::plain;
          taken = 0;
        }
        break;
      case place::plain:
        taken = read_plain(piece);
        if (taken && *taken == 0) {
          if (const auto ended = read_separator(piece.front(), take); !ended) return ended.error();
          taken = 1;
        }
        break;
      case place::quoted:
        taken = read_quoted(piece);
        break;
      case place::quote:
        if (piece.front() == '"') {
          at_ = place::quoted;
          if (const auto kept = append("\""); !kept) return kept.error();
        } else if (const auto ended = read_separator(piece.front(), take); !ended) {
          return ended.error();
        }
        break;
      case place::carriage_return:
        if (piece.front() != '\n') return malformed("a carriage return that ends no line");
        if (const auto ended = end_record(take); !ended) return ended.error();
        break;
    }
    if (!taken) return taken.error();
    piece.remove_prefix(*taken);
  }
  return {};
}

// What begins as the mark and goes on otherwise is text.
std::size_t csv_reader::skip_mark(std::string_view piece) {
  if (piece.front() == byte_order_mark[mark_bytes_]) {
    if (++mark_bytes_ == byte_order_mark.size()) at_ = place::cell_start;
    return 1;
  }
  text_ = byte_order_mark.substr(0, mark_bytes_);
  at_ = mark_bytes_ == 0 ? place::cell_start : place::plain;
  return 0;
}

// Up to the next byte that means something; 0 where that comes first.
outcome<std::size_t> csv_reader::read_plain(std::string_view piece) {
  const auto end = std::find_if(piece.begin(), piece.end(), [](char byte) {
    return ends_plain_run[static_cast<unsigned char>(byte)];
  });
  const auto run = static_cast<std::size_t>(end - piece.begin());
  if (const auto kept = append(piece.substr(0, run)); !kept) return kept.error();
  if (end != piece.end() && *end == '"') {
    return malformed("a quote inside a cell that does not begin with one");
  }
  return run;
}

outcome<std::size_t> csv_reader::read_quoted(std::string_view piece) {
  const std::size_t found = piece.find('"');
  const std::string_view run = piece.substr(0, found);
  if (const auto kept = append(run); !kept) return kept.error();
  line_ += static_cast<std::uint64_t>(std::count(run.begin(), run.end(), '\n'));
  if (found == piece.npos) return run.size();
  at_ = place::quote;
  return found + 1;
}

outcome<void> csv_reader::read_separator(char byte, const taker& take) {
  switch (byte) {
    case ',':
      at_ = place::cell_start;
      return end_cell();
    case '\r':
      at_ = place::carriage_return;
      return {};
    case '\n':
      return end_record(take);
    default:
      return malformed("something between a closing quote and the next comma");
  }
}

outcome<void> csv_reader::append(std::string_view bytes) {
  if (text_.size() - cell_begin_ + bytes.size() > csv_cell_bytes_max) {
    return malformed("a cell of more than " + std::to_string(csv_cell_bytes_max) + " bytes");
  }
  if (text_.size() + bytes.size() > csv_record_bytes_max) {
    return malformed("a record of more than " + std::to_string(csv_record_bytes_max) + " bytes");
  }
  text_ += bytes;
  return {};
}

outcome<void> csv_reader::end_cell() {
  if (ends_.size() == csv_columns_max) {
    return malformed("more than " + std::to_string(csv_columns_max) + " cells");
  }
  ends_.push_back(text_.size());
  cell_begin_ = text_.size();
  return {};
}

outcome<void> csv_reader::end_record(const taker& take) {
  if (const auto ended = end_cell(); !ended) return ended;
  const bool is_empty_line = ends_.size() == 1 && text_.empty() && !has_quotes_;
  cells_.clear();
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    cells_.push_back(std::string_view{text_}.substr(begin, end - begin));
    begin = end;
  }
  outcome<void> taken;
  if (!is_empty_line) taken = take({record_line_, cells_});
  text_.clear();
  ends_.clear();
  cell_begin_ = 0;
  has_quotes_ = false;
  record_line_ = ++line_;
  at_ = place::cell_start;
  return taken;
}

outcome<void> csv_reader::finish(const taker& take) {
  if (failed_) return *failed_;
  outcome<void> done;
  if (at_ == place::mark) text_ = byte_order_mark.substr(0, mark_bytes_);
  if (at_ == place::quoted) {
    done = malformed("the quotes of line " + std::to_string(quote_line_) + " are never closed");
  } else if (at_ == place::carriage_return) {
    done = malformed("a carriage return that ends no line");
  } else if (!text_.empty() || !ends_.empty() || has_quotes_) {
    done = end_record(take);
  }
  if (!done) failed_ = done.error();
  return done;
}

}  // namespace reprise
