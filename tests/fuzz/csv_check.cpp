#include <algorithm>
#include <string_view>
#include <vector>

#include "host/library/video_import.hpp"
#include "host/match/assert.hpp"
#include "tests/fuzz/csv_fuzz.hpp"
#include "tests/memory_staging.hpp"

namespace reprise {
namespace {

bool is_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char each) {
    return static_cast<unsigned char>(each) < 0x20 || each == 0x7f;
  });
}

struct read_records {
  std::vector<std::vector<std::string>> records;
  std::vector<std::uint64_t> lines;
  std::string failed;
  friend bool operator==(const read_records&, const read_records&) = default;
};

read_records read_csv(std::string_view bytes, std::size_t piece_bytes) {
  read_records made;
  csv_reader reader;
  const auto take = [&](const csv_record& record) -> outcome<void> {
    made.records.emplace_back(record.cells.begin(), record.cells.end());
    made.lines.push_back(record.line);
    return {};
  };
  outcome<void> done;
  for (; done && !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), piece_bytes))) {
    done = reader.read(bytes.substr(0, piece_bytes), take);
  }
  if (done) done = reader.finish(take);
  if (!done) made.failed = done.error().what;
  return made;
}

void check_records(const std::string& bytes) {
  const read_records whole = read_csv(bytes, bytes.size() + 1);
  REPRISE_ASSERT(is_line(whole.failed));
  REPRISE_ASSERT(whole == read_csv(bytes, 1));
  REPRISE_ASSERT(whole == read_csv(bytes, 7));
  REPRISE_ASSERT(std::is_sorted(whole.lines.begin(), whole.lines.end()));
  std::string written;
  for (const auto& record : whole.records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      written += i == 0 ? "\"" : ",\"";
      for (const char byte : record[i]) written.append(byte == '"' ? 2 : 1, byte);
      written += '"';
    }
    written += '\n';
  }
  const read_records again = read_csv(written, written.size() + 1);
  REPRISE_ASSERT(again.failed.empty());
  REPRISE_ASSERT(again.records == whole.records);
}

outcome<staged_videos> import_videos(std::string_view bytes) {
  video_import import{std::make_unique<memory_staging>()};
  if (const auto read = import.read(bytes); !read) return read.error();
  return import.finish();
}

std::vector<video> videos_in(staged_videos& staged) {
  std::vector<video> videos(staged.rows.count());
  std::uint64_t line = 0;
  for (video& each : videos) REPRISE_ASSERT(staged.rows.next(line, each).value());
  return videos;
}

void check_videos(const std::string& bytes) {
  auto staged = import_videos(bytes);
  if (!staged) {
    REPRISE_ASSERT(is_line(staged.error().what));
    return;
  }
  for (const row_refusal& each : staged->refused.first()) REPRISE_ASSERT(is_line(each.reason));
  const std::vector<video> videos = videos_in(*staged);
  std::string written;
  append_video_header(written);
  for (const video& each : videos) {
    REPRISE_ASSERT(!fault_of(each));
    append_video_row(written, each);
  }
  auto again = import_videos(written);
  REPRISE_ASSERT(again.has_value());
  REPRISE_ASSERT(again->refused.count() == 0);
  REPRISE_ASSERT(videos_in(*again) == videos);
}

}  // namespace

void check_csv(const std::string& bytes) {
  check_records(bytes);
  check_videos(bytes);
}

}  // namespace reprise
