// The labelled videos: what changes them and what reads them, behind two interfaces. library.db in
// the data directory.
//
// Shapes   lists are ordered by content_id, byte by byte; a page begins behind its cursor. The
//          revision is raised by every transaction that changes a video: what was computed at one
//          revision holds as long as it stands
// Errors   storage_full, io_failed, storage_lost: as state_store.hpp; not_found; data_conflict: the
//          content_id has another content. What failed has changed nothing
// Threads  a video_writer on one thread at a time, a video_reader on another; both at once
// Owns     nothing: the library_file outlives them
// Source   the library around the matcher, docs/design.md
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/cancel_signal.hpp"
#include "host/failure.hpp"
#include "host/library/analysis.hpp"
#include "host/library/library_file.hpp"
#include "host/library/video.hpp"
#include "host/library/video_import.hpp"
#include "host/store/state_store.hpp"

namespace reprise {

// What an import does with a row whose content_id has another content, in the library or in an
// earlier row: it is refused, left out, or taken. The same content is never a conflict.
enum class conflict_policy { error, skip, replace };
// whole: one refused row, and nothing is imported; where rows are bad in themselves, none is
// compared with the library. partial: the good rows are imported.
enum class import_mode { whole, partial };

struct import_policy {
  conflict_policy on_conflict = conflict_policy::error;
  import_mode mode = import_mode::whole;
};

struct import_report {
  bool imported = false;  // false: a row was refused under import_mode::whole; all counts but
                          // refused are 0
  std::uint64_t inserted = 0;
  std::uint64_t present = 0;  // with the same content already
  std::uint64_t replaced = 0;
  std::uint64_t skipped = 0;
  refusal_list refused;
};

enum class put_result { inserted, present, replaced };

class video_writer {
 public:
  virtual ~video_writer() = default;
  // inserted or present.
  [[nodiscard]] virtual outcome<put_result> add(const video& added) = 0;
  // Whatever is there under its content_id.
  [[nodiscard]] virtual outcome<put_result> put(const video& wanted) = 0;
  [[nodiscard]] virtual outcome<void> remove(const std::string& content_id) = 0;
  // One transaction. `cancel`, if any, ends it: errc::stopping.
  [[nodiscard]] virtual outcome<import_report> merge(staged_videos& staged,
                                                     const import_policy& policy,
                                                     const cancel_signal* cancel = nullptr) = 0;
};

struct video_filter {
  std::optional<std::string> tvshow = {};
  std::optional<std::string> label = {};  // the actual one
};

class video_reader {
 public:
  virtual ~video_reader() = default;
  [[nodiscard]] virtual outcome<std::optional<video>> get(const std::string& content_id) = 0;
  // A cursor that is none of ours is errc::usage. limit > 0.
  [[nodiscard]] virtual outcome<page<video_entry>> list(
      const video_filter& filter, std::uint32_t limit,
      const std::optional<std::string>& cursor = {}) = 0;
  // Whole videos behind `after`, of one state of the library, until take() says false. It holds
  // that state for as long: whoever waits in between calls again behind the last one instead.
  [[nodiscard]] virtual outcome<void> visit(const video_filter& filter, const std::string& after,
                                            const std::function<bool(const video&)>& take) = 0;
  // parameter_out_of_range: more than labels_max labels.
  [[nodiscard]] virtual outcome<label_counts> counts(const std::optional<std::string>& tvshow) = 0;
  [[nodiscard]] virtual outcome<std::uint64_t> count() = 0;
  [[nodiscard]] virtual outcome<std::uint64_t> revision() = 0;
};

[[nodiscard]] std::unique_ptr<video_writer> make_video_writer(library_file& on);
[[nodiscard]] std::unique_ptr<video_reader> make_video_reader(library_file& on);

}  // namespace reprise
