// The parts of the running service that work on library.db, on threads of their own: no import and
// no event ever stands before a report.
//
// Errors   make: io_failed where the system has no descriptor left. A library that cannot be opened
//          is told to the log, and to whoever asks for something of it
// Threads  as library_desk.hpp and delivery_event_desk.hpp; finish() by the one that made it
// Owns     both desks, and their threads
#pragma once

#include <functional>
#include <memory>

#include "host/configuration.hpp"
#include "net/delivery_event_desk.hpp"
#include "net/library_desk.hpp"

namespace reprise {

class service_library {
 public:
  [[nodiscard]] static outcome<std::unique_ptr<service_library>> make(const configuration& made,
                                                                      scheduler& core,
                                                                      net::any_io_executor api,
                                                                      event_sink& events,
                                                                      const log_teller& log);

  [[nodiscard]] library_desk& desk() noexcept { return *desk_; }
  [[nodiscard]] delivery_event_desk& events() noexcept { return *events_; }

  // On the core.
  void write_metrics(metric_writer& into) const {
    desk_->write_metrics(into);
    events_->write_metrics(into);
  }
  void reconfigure(const configuration& made);
  // Behind drain() of the events: nothing runs on these threads afterwards.
  void finish() { threads_.finish(); }

 private:
  library_threads threads_;
  std::unique_ptr<library_desk> desk_;
  std::unique_ptr<delivery_event_desk> events_;
};

}  // namespace reprise
