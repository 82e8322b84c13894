// The videos that a training learns from, taken out of the library while it goes on changing, and
// kept in a file without a name.
//
// Shapes   rows in the order of their content_id, as many as rows_max at most: of more videos those
//          whose content_id has the smallest SHA-256, an even choice that the same videos always
//          give. A label is numbered by its place among all of them, sorted
// Errors   those of video_reader and of the staging file; parameter_out_of_range: more labels than
//          labels_max; stopping: cancelled
// Threads  one at a time, one that may wait; the reader is this one's alone meanwhile
// Owns     the file: 2 KiB a row and some more while it chooses
//
// All rows are of one state of the library. It is read page by page, so that no reader is in the
// way of the log for long, and anew where the library has changed meanwhile; after attempts_max
// such readings all of it is read in one transaction, which no change can disturb.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/cancel_signal.hpp"
#include "host/feature_importance.hpp"
#include "host/library/video_staging.hpp"
#include "host/library/video_store.hpp"

namespace reprise {

// The same videos give the same gains.
inline constexpr std::uint64_t library_training_seed = 1;

struct gathering_limits {
  std::uint32_t rows_max = train::rows_max;
  std::size_t page_videos = 1'000;
  int attempts_max = 3;  // page by page
};

class training_rows {
 public:
  // Of a tvshow, or of all. The file is on the disk of `directory`.
  [[nodiscard]] static outcome<training_rows> gather(video_reader& from,
                                                     const std::optional<std::string>& tvshow,
                                                     const std::string& directory,
                                                     const cancel_signal* cancel = nullptr,
                                                     const gathering_limits& limits = {});

  // Of the library, when the reading began: no row is older.
  [[nodiscard]] std::int64_t revision() const noexcept { return revision_; }
  [[nodiscard]] const std::vector<std::string>& labels() const noexcept { return labels_; }
  // Outlived by this.
  [[nodiscard]] training_table table();

 private:
  friend class row_gatherer;
  training_rows(std::int64_t revision, video_staging staged) noexcept
      : revision_{revision}, staged_{std::move(staged)} {}

  outcome<void> count();
  // The next one that was chosen; false behind the last.
  outcome<bool> next(video& into);

  std::int64_t revision_;
  video_staging staged_;                     // its lines are the hashes
  std::optional<std::uint64_t> hash_limit_;  // those below it are chosen
  std::uint32_t rows_ = 0;
  std::vector<std::string> labels_;
};

}  // namespace reprise
