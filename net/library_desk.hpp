// What the running service has of library.db: the file, the threads that write and read it, and the
// trainings.
//
// Shapes   everything that changes the library is done on one executor, one after the other, and
//          everything that is shown on another; uploads and delivery events are read on a third
// Errors   open: those of library_file; it is opened anew with the next use. learn: those of
//          training_desk; stopping
// Threads  made and destroyed on the core executor, or while it does not run; the rest where it
//          says. The executors' last tasks end before it
// Owns     the file's connections, what was learnt, the places of the uploads
// Source   storage and the library around the matcher, docs/design.md
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "host/cancel_signal.hpp"
#include "host/core_link.hpp"
#include "host/library/video_store.hpp"
#include "host/live_service.hpp"
#include "host/log.hpp"
#include "host/metrics.hpp"
#include "host/training_desk.hpp"
#include "host/worker_thread.hpp"
#include "net/api_link.hpp"
#include "net/library_figures.hpp"

namespace reprise {

// No import and no picture ever stands before a report: the library has threads of its own.
struct library_threads {
  worker_thread uploads{"reprise-uploads"};
  worker_thread trainer{"reprise-trainer", thread_priority::lowest};
  worker_thread writer{"reprise-library"};
  worker_thread reader{"reprise-libread"};

  void finish() {
    for (auto* each : {&uploads, &trainer, &writer, &reader}) each->finish();
  }
};

struct library_desk_parts {
  scheduler& core;
  executor& uploads;
  executor& trainer;
  executor& writer;
  executor& reader;
  net::any_io_executor api;
  std::string directory;  // of library.db, and of files without a name
  std::uint64_t import_bytes_max = std::uint64_t{1} << 30;
  std::uint64_t import_rows_max = import_rows_default;
  // How long an answer may wait for a training.
  std::chrono::milliseconds training_wait_max{20'000};
  log_teller log = [](log_level, std::string_view, std::initializer_list<log_field>) {};
};

class library_desk {
 public:
  static constexpr std::size_t uploads_max = 16;  // at once
  // From an upload's head to its last byte: the slowest give their places back.
  static constexpr std::chrono::minutes upload_time_max{30};

  // A place among the uploads, given back with it.
  class upload_place {
   public:
    explicit upload_place(std::atomic<std::size_t>& taken) noexcept : taken_{&taken} { ++taken; }
    upload_place(upload_place&& other) noexcept : taken_{std::exchange(other.taken_, nullptr)} {}
    upload_place& operator=(upload_place&&) = delete;
    ~upload_place() {
      if (taken_ != nullptr) --*taken_;
    }

   private:
    std::atomic<std::size_t>* taken_;
  };

  // What one upload has on the disk, counted among that of all for as long as it lives. On any
  // thread.
  class staged_share {
   public:
    explicit staged_share(library_desk& of) noexcept : all_{of.staged_bytes_} {}
    staged_share(const staged_share&) = delete;
    staged_share& operator=(const staged_share&) = delete;
    ~staged_share() { all_ -= held_; }
    void hold(std::uint64_t bytes) noexcept {
      all_ += bytes - held_;
      held_ = bytes;
    }

   private:
    std::atomic<std::uint64_t>& all_;
    std::uint64_t held_ = 0;
  };

  [[nodiscard]] static outcome<std::unique_ptr<library_desk>> make(library_desk_parts parts);
  library_desk(library_desk_parts parts, std::unique_ptr<cancel_signal> cancelled);

  // Before anything else, and best before the executors run. A failure is told to the log, too.
  outcome<void> open();
  // On any thread, once: imports and trainings end by errc::stopping, the present and later ones.
  void cancel() noexcept { cancelled_->cancel(); }
  [[nodiscard]] const cancel_signal& cancelled() const noexcept { return *cancelled_; }

  // On the API's executor. What is asked there may use what is named with it.
  [[nodiscard]] const api_link& to_writer() const noexcept { return to_writer_; }
  [[nodiscard]] video_writer& videos() noexcept { return *videos_; }  // the writer's
  [[nodiscard]] const api_link& to_reader() const noexcept { return to_reader_; }
  [[nodiscard]] video_reader& shown() noexcept { return *shown_; }  // the reader's
  [[nodiscard]] const api_link& to_uploads() const noexcept { return to_uploads_; }
  // What takes long to destroy is destroyed there: a great file.
  void leave_to_uploads(std::shared_ptr<void> held) const {
    parts_.uploads.post([held = std::move(held)] {});
  }
  [[nodiscard]] steady_time now() const { return parts_.core.clock().steady(); }  // on any thread
  // overloaded where all are taken; stopping.
  [[nodiscard]] outcome<upload_place> take_place();
  // What was learnt of that revision or a later one: nothing where that takes too long.
  [[nodiscard]] net::awaitable<outcome<std::optional<trained>>> learn(training_key key,
                                                                      std::int64_t revision);

  [[nodiscard]] library_file& file() noexcept { return file_; }  // the writer's, or the reader's
  [[nodiscard]] library_figures& figures() noexcept { return figures_; }
  [[nodiscard]] const log_teller& log() const noexcept { return parts_.log; }
  [[nodiscard]] const std::string& directory() const noexcept { return parts_.directory; }
  [[nodiscard]] std::uint64_t import_bytes_max() const noexcept { return parts_.import_bytes_max; }
  [[nodiscard]] std::uint64_t import_rows_max() const noexcept { return parts_.import_rows_max; }

  // On the core.
  void write_metrics(metric_writer& into) const;

 private:
  struct asked_training;

  void ask_training(const training_key& key, std::int64_t revision,
                    done<std::optional<trained>> done);
  outcome<trained> train(const training_key& key);  // on the trainer

  library_desk_parts parts_;
  std::unique_ptr<cancel_signal> cancelled_;
  library_figures figures_;
  std::atomic<std::size_t> uploads_{0};
  std::atomic<std::uint64_t> staged_bytes_{0};
  library_file file_;
  library_file trained_file_;  // read alone, and by trainings alone: nothing waits for them
  std::unique_ptr<video_writer> videos_;
  std::unique_ptr<video_reader> shown_;
  std::unique_ptr<video_reader> trained_on_;
  api_link to_core_;
  api_link to_writer_;
  api_link to_reader_;
  api_link to_uploads_;
  core_link link_;
  training_desk trainings_;
};

}  // namespace reprise
