// What is counted of the library: its videos, imports and trainings.
//
// Errors   none
// Threads  any
// Source   host/metrics.hpp
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "host/library/video_store.hpp"
#include "host/metrics.hpp"

namespace reprise {

// How an import ended. refused: rows, or the file as a whole. aborted: the upload broke off.
enum class import_end { imported, refused, aborted, failed };
[[nodiscard]] std::string_view to_string(import_end end) noexcept;

enum class training_end { learnt, insufficient, failed, stopped };
[[nodiscard]] std::string_view to_string(training_end end) noexcept;

class library_figures {
 public:
  // Until then how many there are is not told.
  void set_videos(std::uint64_t count);
  void add_videos(std::int64_t count);
  // `report` where rows were judged.
  void note_import(import_end end, const import_report* report, std::uint64_t bytes,
                   std::chrono::duration<double> took);
  void note_training(training_end end, std::chrono::duration<double> took);
  void write_metrics(metric_writer& into) const;

 private:
  struct row_counts {
    std::uint64_t inserted = 0, present = 0, replaced = 0, skipped = 0, refused = 0;
  };

  mutable std::mutex mutex_;
  std::optional<std::int64_t> videos_;
  std::array<std::uint64_t, 4> imports_{};  // by import_end
  row_counts rows_;
  std::uint64_t import_bytes_ = 0;
  latency_histogram import_seconds_;
  std::array<std::uint64_t, 4> trainings_{};  // by training_end
  latency_histogram training_seconds_;
};

}  // namespace reprise
