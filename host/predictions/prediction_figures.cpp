#include "host/predictions/prediction_figures.hpp"

#include <algorithm>

namespace reprise {
namespace {

constexpr std::string_view ends[] = {"done", "failed", "removed"};

double as_figure(std::uint64_t count) noexcept {
  return static_cast<double>(count);
}

}  // namespace

void prediction_figures::note_try(std::chrono::duration<double> took) {
  const std::lock_guard lock{mutex_};
  ++tries_;
  work_seconds_.add(took.count());
}

void prediction_figures::note_fault(prediction_reason reason) {
  add(faults_[static_cast<std::size_t>(reason)]);
}

void prediction_figures::note_end(prediction_end end, std::chrono::duration<double> since_made) {
  const std::lock_guard lock{mutex_};
  ++ends_[static_cast<std::size_t>(end)];
  if (end == prediction_end::done) seconds_.add(std::max(since_made.count(), 0.0));
}

void prediction_figures::set(const job_counts& counts, std::uint64_t writing_bytes,
                             std::uint64_t library_rows) {
  const std::lock_guard lock{mutex_};
  counts_ = counts;
  writing_bytes_ = writing_bytes;
  library_rows_ = library_rows;
}

void prediction_figures::write_metrics(metric_writer& into, const clock_source& clock) const {
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < job_statuses; ++i) {
    into.gauge("reprise_prediction_jobs", "Predictions in jobs.db, by status.",
               {{"status", job_status_names[i]}}, as_figure(counts_.jobs[i]));
  }
  const auto pair = [&](std::string_view name, std::string_view limit_name, std::string_view help,
                        std::uint64_t used, std::uint64_t limit) {
    into.gauge(name, help, {}, as_figure(used));
    into.gauge(limit_name, "How many there may be.", {}, as_figure(limit));
  };
  pair("reprise_prediction_jobs_unended", "reprise_prediction_jobs_unended_limit",
       "Predictions that are queued or running.", counts_.jobs[0] + counts_.jobs[1], limits_.jobs);
  pair("reprise_prediction_results", "reprise_prediction_results_limit",
       "Predictions that have ended and are kept.", counts_.jobs[2] + counts_.jobs[3],
       limits_.results);
  pair("reprise_prediction_image_bytes", "reprise_prediction_image_bytes_limit",
       "Bytes of the images of predictions that are queued or running.", counts_.image_bytes,
       limits_.image_bytes);
  pair("reprise_prediction_writing_bytes", "reprise_prediction_writing_bytes_limit",
       "Bytes of images on their way to the disk.", writing_bytes_, limits_.writing_bytes);
  if (limits_.library_rows > 0) {
    pair("reprise_prediction_library_rows", "reprise_prediction_library_rows_limit",
         "Labelled videos that pictures are compared with.", library_rows_, limits_.library_rows);
  }
  const std::chrono::duration<double> now = clock.wall().time_since_epoch();
  const double made = static_cast<double>(counts_.oldest_ms.value_or(0)) / 1'000;
  into.gauge("reprise_prediction_oldest_seconds",
             "Age of the oldest prediction that is queued or running.", {},
             counts_.oldest_ms ? std::max(now.count() - made, 0.0) : 0);
  into.gauge("reprise_prediction_outage",
             "1 while predictions wait, since what predicts has failed.", {}, outage_ ? 1 : 0);
  into.counter("reprise_predictions_accepted_total", "Predictions taken into the queue.", {},
               as_figure(accepted_));
  into.counter("reprise_predictions_refused_total", "Predictions refused by a full queue.", {},
               as_figure(refused_));
  into.counter("reprise_prediction_tries_total", "Looks at a picture.", {}, as_figure(tries_));
  for (std::size_t i = 0; i < prediction_reasons; ++i) {
    into.counter("reprise_prediction_failures_total", "Tries that failed, by reason.",
                 {{"reason", to_string(static_cast<prediction_reason>(i))}}, as_figure(faults_[i]));
  }
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    into.counter("reprise_predictions_total", "Predictions that have ended, by how.",
                 {{"result", ends[i]}}, as_figure(ends_[i]));
  }
  into.histogram("reprise_prediction_work_seconds", "One look at a picture.", {}, work_seconds_);
  into.histogram("reprise_prediction_seconds", "From a request to its prediction.", {}, seconds_);
}

}  // namespace reprise
