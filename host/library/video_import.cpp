#include "host/library/video_import.hpp"

#include <algorithm>

namespace reprise {

void refusal_list::add(std::uint64_t line, std::string reason) {
  ++count_;
  if (first_.size() == refusals_told_max && first_.back().line <= line) return;
  const auto behind = std::upper_bound(
      first_.begin(), first_.end(), line,
      [](std::uint64_t searched, const row_refusal& each) { return searched < each.line; });
  first_.insert(behind, {line, std::move(reason)});
  if (first_.size() > refusals_told_max) first_.pop_back();
}

outcome<video_import> video_import::begin(const std::string& directory, std::uint64_t rows_max) {
  auto file = make_staging_file(directory);
  if (!file) return file.error();
  return video_import{std::move(*file), rows_max};
}

video_import::video_import(std::unique_ptr<staging_file> file, std::uint64_t rows_max)
    : rows_max_{rows_max}, staged_{video_staging{std::move(file)}, {}} {}

outcome<void> video_import::read(std::string_view piece) {
  return csv_.read(piece, [this](const csv_record& record) { return take(record); });
}

outcome<void> video_import::take(const csv_record& record) {
  if (!rows_) {
    auto made = video_row_reader::from_header(record.cells);
    if (!made) {
      return failure{made.error().code,
                     "line " + std::to_string(record.line) + ": " + made.error().what};
    }
    rows_ = std::move(*made);
    return {};
  }
  if (++rows_count_ > rows_max_) {
    return failure{errc::out_of_range, "line " + std::to_string(record.line) + ": more than " +
                                           std::to_string(rows_max_) +
                                           " rows in one file: send it in parts"};
  }
  if (auto reason = rows_->read(record.cells, row_)) {
    staged_.refused.add(record.line, std::move(*reason));
    return {};
  }
  return staged_.rows.add(record.line, row_);
}

outcome<staged_videos> video_import::finish() {
  const auto done = csv_.finish([this](const csv_record& record) { return take(record); });
  if (!done) return done.error();
  if (!rows_) return failure{errc::data_malformed, "line 1: a header is missing"};
  if (const auto finished = staged_.rows.finish(); !finished) return finished.error();
  return {boost::system::in_place_value, std::move(staged_)};
}

}  // namespace reprise
