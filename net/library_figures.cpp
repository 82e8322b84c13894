#include "net/library_figures.hpp"

namespace reprise {
namespace {

constexpr std::string_view import_ends[] = {"imported", "refused", "aborted", "failed"};
constexpr std::string_view training_ends[] = {"learnt", "insufficient", "failed", "stopped"};

double as_figure(std::uint64_t count) noexcept {
  return static_cast<double>(count);
}

}  // namespace

std::string_view to_string(import_end end) noexcept {
  return import_ends[static_cast<std::size_t>(end)];
}

std::string_view to_string(training_end end) noexcept {
  return training_ends[static_cast<std::size_t>(end)];
}

void library_figures::set_videos(std::uint64_t count) {
  const std::scoped_lock lock{mutex_};
  videos_ = static_cast<std::int64_t>(count);
}

void library_figures::add_videos(std::int64_t count) {
  const std::scoped_lock lock{mutex_};
  if (videos_) *videos_ += count;
}

void library_figures::note_import(import_end end, const import_report* report, std::uint64_t bytes,
                                  std::chrono::duration<double> took) {
  const std::scoped_lock lock{mutex_};
  ++imports_[static_cast<std::size_t>(end)];
  import_bytes_ += bytes;
  import_seconds_.add(took.count());
  if (report == nullptr) return;
  rows_.inserted += report->inserted;
  rows_.present += report->present;
  rows_.replaced += report->replaced;
  rows_.skipped += report->skipped;
  rows_.refused += report->refused.count();
}

void library_figures::note_training(training_end end, std::chrono::duration<double> took) {
  const std::scoped_lock lock{mutex_};
  ++trainings_[static_cast<std::size_t>(end)];
  training_seconds_.add(took.count());
}

void library_figures::write_metrics(metric_writer& into) const {
  const std::scoped_lock lock{mutex_};
  if (videos_) {
    into.gauge("reprise_library_videos", "Labelled videos in the library.", {},
               static_cast<double>(*videos_));
  }
  for (std::size_t i = 0; i < imports_.size(); ++i) {
    into.counter("reprise_library_imports_total", "Uploads of videos, by how they ended.",
                 {{"result", import_ends[i]}}, as_figure(imports_[i]));
  }
  const std::pair<std::string_view, std::uint64_t> rows[] = {{"inserted", rows_.inserted},
                                                             {"present", rows_.present},
                                                             {"replaced", rows_.replaced},
                                                             {"skipped", rows_.skipped},
                                                             {"refused", rows_.refused}};
  for (const auto& [result, count] : rows) {
    into.counter("reprise_library_import_rows_total", "Rows of uploads, by what became of them.",
                 {{"result", result}}, as_figure(count));
  }
  into.counter("reprise_library_import_bytes_total", "Bytes of uploads, as far as they came.", {},
               as_figure(import_bytes_));
  into.histogram("reprise_library_import_seconds", "From an upload's head to its answer.", {},
                 import_seconds_);
  for (std::size_t i = 0; i < trainings_.size(); ++i) {
    into.counter("reprise_library_trainings_total", "Trainings, by how they ended.",
                 {{"result", training_ends[i]}}, as_figure(trainings_[i]));
  }
  into.histogram("reprise_library_training_seconds", "What a training took.", {},
                 training_seconds_);
}

}  // namespace reprise
