// The parts of the running service that look at pictures: jobs.db, what asks servers outside, and
// who uses them, on threads of their own: no picture ever stands before a report.
//
// Errors   make: configuration_invalid and io_failed, as service_client.hpp. A jobs.db that cannot
//          be opened is told to the log, and to whoever asks for something of it; one whose disk is
//          lost (storage_lost) fails what would change it, and ends nothing else
// Threads  made, started, finished and destroyed by one; cancel(), reconfigure() and
//          write_metrics() on any
// Owns     all of it, its threads, and the connections to the servers outside: these are the
//          operator's own, so that any address may be theirs
// Source   the library around the matcher, docs/design.md
#pragma once

#include <memory>

#include "host/configuration.hpp"
#include "host/random_source.hpp"
#include "host/worker_thread.hpp"
#include "net/context_thread.hpp"
#include "net/core_scheduler.hpp"
#include "net/service_client.hpp"
#include "net/service_predictions.hpp"
#include "net/session_desk.hpp"

namespace reprise {

class service_recognition {
 public:
  // Events are published on `core`.
  [[nodiscard]] static outcome<std::unique_ptr<service_recognition>> make(const configuration& made,
                                                                          executor& core,
                                                                          event_sink& events,
                                                                          net::any_io_executor api,
                                                                          const log_teller& log);
  ~service_recognition() { finish(); }
  service_recognition(const service_recognition&) = delete;
  service_recognition& operator=(const service_recognition&) = delete;

  [[nodiscard]] session_desk& sessions() noexcept { return *sessions_; }
  [[nodiscard]] prediction_desk& predictions() noexcept { return predictions_->desk(); }

  // Waits a short while for the server of a model; its errors as inference_opening.hpp.
  [[nodiscard]] outcome<void> start();
  // Whatever waits for a server outside ends by errc::stopping, now and from now on.
  void cancel() { sessions_->cancel(); }
  void reconfigure(const configuration& made);
  void write_metrics(metric_writer& into) const;
  // Behind the last request: looks at pictures that have begun may end within a grace, and nothing
  // runs on these threads afterwards.
  void finish();

 private:
  service_recognition(const configuration& made, const log_teller& log);

  log_teller log_;
  context_thread outside_{"reprise-outside"};
  core_scheduler scheduler_{outside_.context()};
  std::unique_ptr<random_source> random_ = make_system_random();
  worker_thread writer_{"reprise-jobs"};
  worker_thread reader_{"reprise-jobread"};
  jobs_file file_;
  grouped_writes<jobs_file> writes_{writer_, file_};
  std::unique_ptr<service_client> client_;
  std::unique_ptr<session_desk> sessions_;
  std::unique_ptr<service_predictions> predictions_;
  bool started_ = false;
};

}  // namespace reprise
