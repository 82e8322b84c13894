// What the running service does with delivery events besides answering requests: it takes its own
// reports for some, lets old ones expire, and tells the averages of each minute.
//
// Shapes   events are kept for `keep` behind their receipt, whatever their own time
// Errors   what the disk refuses is tried again; the first failure in a row is told to the log
// Threads  made and destroyed on the core executor, or while it does not run; store() on the
//          writer's, shown() on the reader's, `bytes` on the API's; the rest on the core. The
//          executors' last tasks end before it
// Owns     the events that wait; the library_file outlives it
// Source   the library around the matcher, docs/design.md
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "host/core_link.hpp"
#include "host/event.hpp"
#include "host/log.hpp"
#include "host/metrics.hpp"
#include "host/moving_average/delivery_figures.hpp"
#include "host/moving_average/delivery_store.hpp"
#include "host/moving_average/minute_teller.hpp"
#include "host/moving_average/report_journal.hpp"
#include "net/report_outcomes.hpp"

namespace reprise {

// Of requests and messages whose events are being read and stored.
inline constexpr std::size_t event_bytes_max = 134'217'728;

struct delivery_event_parts {
  scheduler& core;
  executor& writer;
  executor& reader;
  library_file& file;
  event_sink& events;
  std::vector<std::uint32_t> windows = {10};
  std::chrono::seconds keep{604'800};
  bool own_reports = true;
  log_teller log = [](log_level, std::string_view, std::initializer_list<log_field>) {};
};

class delivery_event_desk {
 public:
  static constexpr std::chrono::seconds expire_each{60};

  explicit delivery_event_desk(delivery_event_parts parts);

  void start();
  void reconfigure(std::chrono::seconds keep, bool own_reports);
  // Of a report whose delivery is recorded. A kill within about a second loses the event.
  void take(const delivered_report& delivered);
  // Own reports that wait are stored, or given up at the deadline.
  void drain(steady_time deadline, std::function<void()> drained);

  [[nodiscard]] outcome<void> store(const event_batch& events, event_way way);
  [[nodiscard]] delivery_reader& shown() noexcept { return *reader_; }
  [[nodiscard]] const std::vector<std::uint32_t>& windows() const noexcept {
    return parts_.windows;
  }
  [[nodiscard]] event_time now() const;  // on any thread
  [[nodiscard]] delivery_figures& figures() noexcept { return figures_; }

  void write_metrics(metric_writer& into) const;
  void write_api_metrics(metric_writer& into) const;

  std::size_t bytes = 0;  // at most event_bytes_max

 private:
  void expire();
  void expired(const outcome<std::uint64_t>& ended);

  delivery_event_parts parts_;
  delivery_figures figures_;
  std::unique_ptr<delivery_writer> writer_;
  std::unique_ptr<delivery_reader> reader_;
  report_journal journal_;
  minute_teller teller_;
  bool fault_told_ = false;
  core_link link_;
};

}  // namespace reprise
