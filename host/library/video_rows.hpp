// Labelled videos as rows of CSV.
//
// Shapes   columns by the names of the header, in any order: content_id, actual_label,
//          predicted_label, tvshow (may be missing; an empty cell is none), and the features either
//          as feature_vector, a JSON list, or as feature_0 to feature_255. Written are the first
//          four and feature_vector
// Errors   a header that is not that: data_malformed, without its line. A row that is none: the
//          reason, within one line
// Threads  one at a time
// Agrees   what is written is read back to the bit: a text that begins with one of = + - @ ', which
//          a spreadsheet may take for a formula, is written behind a ', and a ' before one of them
//          is taken off where it is read
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "host/failure.hpp"
#include "host/library/video.hpp"

namespace reprise {

class video_row_reader {
 public:
  [[nodiscard]] static outcome<video_row_reader> from_header(
      std::span<const std::string_view> names);
  video_row_reader(video_row_reader&& other) noexcept;
  video_row_reader& operator=(video_row_reader&& other) noexcept;
  ~video_row_reader();

  // Why the row is refused; nothing where it was read.
  [[nodiscard]] std::optional<std::string> read(std::span<const std::string_view> cells,
                                                video& into);

 private:
  struct parts;
  explicit video_row_reader(std::unique_ptr<parts> made) noexcept;
  std::unique_ptr<parts> parts_;
};

// One line each, with its CRLF.
void append_video_header(std::string& out);
void append_video_row(std::string& out, const video& written);

}  // namespace reprise
