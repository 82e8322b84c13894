#include "net/service_library.hpp"

#include <utility>

namespace reprise {

outcome<std::unique_ptr<service_library>> service_library::make(const configuration& made,
                                                                scheduler& core,
                                                                net::any_io_executor api,
                                                                event_sink& events,
                                                                const log_teller& log) {
  auto whole = std::make_unique<service_library>();
  library_threads& threads = whole->threads_;
  auto desk = library_desk::make(
      {.core = core,
       .uploads = threads.uploads,
       .trainer = threads.trainer,
       .writer = threads.writer,
       .reader = threads.reader,
       .api = std::move(api),
       .directory = made.data.dir,
       .import_bytes_max = static_cast<std::uint64_t>(made.library.import_bytes_max),
       .import_rows_max = static_cast<std::uint64_t>(made.library.import_rows_max),
       .log = log});
  if (!desk) return desk.error();
  whole->desk_ = std::move(*desk);
  // Matching and reporting go first: they start whether or not the library can be opened.
  static_cast<void>(whole->desk_->open());  // told to the log
  const auto& averages = made.moving_averages;
  whole->events_ = std::make_unique<delivery_event_desk>(
      delivery_event_parts{.core = core,
                           .writer = threads.writer,
                           .reader = threads.reader,
                           .file = whole->desk_->file(),
                           .events = events,
                           .windows = averages.windows,
                           .keep = std::chrono::seconds{averages.events_keep_seconds},
                           .own_reports = averages.own_reports,
                           .log = log});
  return whole;
}

void service_library::reconfigure(const configuration& made) {
  events_->reconfigure(std::chrono::seconds{made.moving_averages.events_keep_seconds},
                       made.moving_averages.own_reports);
}

}  // namespace reprise
