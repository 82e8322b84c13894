// Lines of a byte source, each of bounded length, with the padding behind them that simdjson asks
// for.
//
// Shapes   a line is without its newline; the last one may lack it. line_padding bytes behind every
//          line may be read; the first of them is the newline, or a space where there is none,
//          since simdjson looks at it
// Errors   data_malformed for a line of more than line_bytes_max bytes; the source's own failures
// Owns     the source, and one buffer of fixed size; a line stays valid until the next call
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/byte_stream.hpp"

namespace reprise {

inline constexpr std::size_t line_bytes_max = 4'096;
inline constexpr std::size_t line_padding = 64;

class line_reader {
 public:
  line_reader(std::unique_ptr<byte_source> source, std::string name);

  // The next line into `read`; false at the end.
  [[nodiscard]] outcome<bool> next(std::string_view& read);
  // Passes over the line that next() has refused, of whatever length, to the next one.
  [[nodiscard]] outcome<void> skip_line();

  [[nodiscard]] std::uint64_t line_number() const noexcept { return line_number_; }  // from 1
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  // "FILE:LINE: expected EXPECTED, found FOUND" of the line read last.
  [[nodiscard]] failure malformed(std::string_view expected, std::string_view found) const;

 private:
  [[nodiscard]] outcome<void> fill();

  std::unique_ptr<byte_source> source_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what has been read and not yet given out
  std::size_t end_ = 0;
  bool at_end_ = false;
  std::uint64_t line_number_ = 0;
  std::uint64_t bytes_read_ = 0;
};

[[nodiscard]] inline bool is_blank(std::string_view line) noexcept {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// A piece of foreign text in quotes, for messages: at most 32 bytes of it, and whatever is not
// printable ASCII as `?`, so that it never makes a line of its own.
[[nodiscard]] std::string quoted(std::string_view foreign);

}  // namespace reprise
