// An upload of labelled videos as CSV, from its first byte to the rows that wait to be merged into
// the library (video_store.hpp).
//
// Shapes   pieces of any size; lines are counted from 1, the header's included
// Errors   data_malformed with "line N: why" for a file that is no CSV, has no header or a wrong
//          one; out_of_range likewise for one of more rows than rows_max; storage_full, io_failed.
//          A bad row is no failure: it is refused, and counted
// Threads  one at a time; several imports at once
// Owns     what was read so far, in a file without a name; memory is bounded whatever comes
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/library/csv_reader.hpp"
#include "host/library/video_rows.hpp"
#include "host/library/video_staging.hpp"

namespace reprise {

inline constexpr std::size_t refusals_told_max = 100;
inline constexpr std::uint64_t import_rows_default = 250'000;

struct row_refusal {
  std::uint64_t line = 0;
  std::string reason;
  friend bool operator==(const row_refusal&, const row_refusal&) = default;
};

// The refused rows of one file: how many, and those that come first in it.
class refusal_list {
 public:
  void add(std::uint64_t line, std::string reason);
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] const std::vector<row_refusal>& first() const noexcept { return first_; }

 private:
  std::uint64_t count_ = 0;
  std::vector<row_refusal> first_;  // by line, at most refusals_told_max
};

struct staged_videos {
  video_staging rows;
  refusal_list refused;
};

class video_import {
 public:
  // Staged on the disk of `directory`. So many rows, refused ones too.
  [[nodiscard]] static outcome<video_import> begin(const std::string& directory,
                                                   std::uint64_t rows_max = import_rows_default);
  explicit video_import(std::unique_ptr<staging_file> file,
                        std::uint64_t rows_max = import_rows_default);

  // After a failure nothing more is read.
  [[nodiscard]] outcome<void> read(std::string_view piece);
  // The end of the file.
  [[nodiscard]] outcome<staged_videos> finish();
  // Good rows so far.
  [[nodiscard]] std::uint64_t count() const noexcept { return staged_.rows.count(); }
  // On the disk so far.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return staged_.rows.bytes(); }

 private:
  outcome<void> take(const csv_record& record);

  csv_reader csv_;
  std::uint64_t rows_max_;
  std::uint64_t rows_count_ = 0;
  std::optional<video_row_reader> rows_;  // once the header was read
  staged_videos staged_;
  video row_;
};

}  // namespace reprise
