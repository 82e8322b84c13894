#include "host/library/video_store.hpp"
#include "host/printable.hpp"

namespace reprise {
namespace {

// An import of this many bytes has left a log that is worth folding.
constexpr std::uint64_t fold_bytes = 16'000'000;
constexpr std::uint64_t rows_between_looks = 256;

put_result result_of(placing placed) noexcept {
  switch (placed) {
    case placing::inserted:
      return put_result::inserted;
    case placing::replaced:
      return put_result::replaced;
    default:
      return put_result::present;
  }
}

outcome<void> note_change(library_writing& on, bool changed) {
  return changed ? on.videos.raise_revision() : outcome<void>{};
}

class library_video_writer final : public video_writer {
 public:
  explicit library_video_writer(library_file& file) : file_{file} {}

  outcome<put_result> add(const video& added) override { return place(added, false); }
  outcome<put_result> put(const video& wanted) override { return place(wanted, true); }

  outcome<void> remove(const std::string& content_id) override {
    return file_.write([&](library_writing& on) -> outcome<void> {
      const auto removed = on.videos.remove(content_id);
      if (!removed) return removed.error();
      if (!*removed) {
        return failure{errc::not_found, "video " + printable(content_id) + ": there is none"};
      }
      return on.videos.raise_revision();
    });
  }

  outcome<import_report> merge(staged_videos& staged, const import_policy& policy,
                               const cancel_signal* cancel) override {
    import_report report;
    // Nothing will be imported: no merge holds others up for what else could be told.
    if (policy.mode == import_mode::whole && staged.refused.count() > 0) {
      report.refused = staged.refused;
      return report;
    }
    bool was_refused = false;
    const auto done = file_.write([&](library_writing& on) -> outcome<void> {
      if (const auto placed = place_all(on, staged, policy, cancel, report); !placed) return placed;
      was_refused = policy.mode == import_mode::whole && report.refused.count() > 0;
      if (was_refused) return failure{errc::data_conflict, "rows were refused"};
      return note_change(on, report.inserted + report.replaced > 0);
    });
    if (!done || staged.rows.bytes() >= fold_bytes) file_.fold();
    if (was_refused) return import_report{.refused = std::move(report.refused)};
    if (!done) return done.error();
    report.imported = true;
    return report;
  }

 private:
  outcome<put_result> place(const video& wanted, bool replaces) {
    return file_.write([&](library_writing& on) -> outcome<put_result> {
      const auto placed = on.videos.place(on.db, wanted, replaces);
      if (!placed) return placed.error();
      if (*placed == placing::differs) {
        return failure{errc::data_conflict, "video " + printable(wanted.content_id) +
                                                ": it is there with another content"};
      }
      if (const auto noted = note_change(on, *placed != placing::present); !noted) {
        return noted.error();
      }
      return result_of(*placed);
    });
  }

  // All of them, so that every conflict is told, also where one is reason enough.
  static outcome<void> place_all(library_writing& on, staged_videos& staged,
                                 const import_policy& policy, const cancel_signal* cancel,
                                 import_report& report) {
    report = {.refused = staged.refused};
    staged.rows.rewind();
    video row;
    std::uint64_t line = 0;
    for (std::uint64_t seen = 0;; ++seen) {
      if (seen % rows_between_looks == 0 && cancel != nullptr && cancel->cancelled()) {
        return failure{errc::stopping, "the import was not finished"};
      }
      const auto more = staged.rows.next(line, row);
      if (!more) return more.error();
      if (!*more) return {};
      const auto placed =
          on.videos.place(on.db, row, policy.on_conflict == conflict_policy::replace);
      if (!placed) return placed.error();
      count(*placed, policy, line, row, report);
    }
  }

  static void count(placing placed, const import_policy& policy, std::uint64_t line,
                    const video& row, import_report& report) {
    switch (placed) {
      case placing::inserted:
        ++report.inserted;
        break;
      case placing::present:
        ++report.present;
        break;
      case placing::replaced:
        ++report.replaced;
        break;
      case placing::differs:
        if (policy.on_conflict == conflict_policy::skip) {
          ++report.skipped;
        } else {
          report.refused.add(
              line, "content_id " + row.content_id + " is there already with another content");
        }
        break;
    }
  }

  library_file& file_;
};

}  // namespace

std::unique_ptr<video_writer> make_video_writer(library_file& on) {
  return std::make_unique<library_video_writer>(on);
}

}  // namespace reprise
