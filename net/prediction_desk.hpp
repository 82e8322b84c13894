// What the running service has of predictions: the queue of jobs, the workers, and what they
// predict with.
//
// Shapes   it lives on a scheduler of its own, its home, which outside HTTP runs on, too. By the
//          library and by a model file pictures are looked at on workers, each with a vision of its
//          own; by a server, on home
// Errors   make: configuration_invalid: a model is missing or fails to load. open: as
//          inference_opening.hpp. Where a helper is not installed that the predictor needs,
//          missing() says so, and nothing is taken in; a model file needs one at the start
// Threads  made and destroyed where home does not run; open() to drain() on home; the rest where it
//          says. The last tasks of the writer, the reader and the workers end before it
// Owns     the queue, the library's reader and rows, the visions; the file outlives it
// Source   the library around the matcher, docs/design.md
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/cancel_signal.hpp"
#include "host/configuration.hpp"
#include "host/event.hpp"
#include "host/jobs/stored_job_queue.hpp"
#include "host/library/library_file.hpp"
#include "host/predictions/labelled_library.hpp"
#include "host/predictions/prediction_work.hpp"
#include "host/uuid.hpp"
#include "net/api_link.hpp"
#include "net/http_exchange.hpp"
#include "net/inference_opening.hpp"

namespace reprise {

struct prediction_desk_parts {
  scheduler& home;
  http_exchange& exchange;  // on home
  executor& writer;         // of jobs.db
  executor& reader;
  jobs_file& file;
  grouped_writes<jobs_file>& writes;
  // Where pictures are looked at, but by a server; one for each of the configured workers.
  std::vector<std::reference_wrapper<executor>> workers;
  executor& core;  // where events are published
  event_sink& events;
  net::any_io_executor api;
  std::string directory;  // of library.db
  // A worker's own: helper_missing where the helper is not installed; configuration_invalid where a
  // model cannot be loaded. It ends what it is at once when the signal is given.
  std::function<outcome<std::unique_ptr<vision>>(const cancel_signal&)> make_vision;
  std::unique_ptr<random_source> random = make_system_random();  // of waits, on the writer
  std::unique_ptr<random_source> names = make_system_random();   // of uuids, on the API's
  log_teller log = [](log_level, std::string_view, std::initializer_list<log_field>) {};
};

class prediction_desk {
 public:
  using options = prediction_settings;

  [[nodiscard]] static outcome<std::unique_ptr<prediction_desk>> make(prediction_desk_parts parts,
                                                                      const options& chosen);
  prediction_desk(prediction_desk_parts parts, const options& chosen,
                  std::unique_ptr<cancel_signal> cancelled);

  // On home.
  void open(done<void> told);
  void start();
  void put(new_job added, done<void> told);
  [[nodiscard]] job_queue& queue() noexcept { return queue_; }
  // Looks that have begun end, or go back to the queue at the deadline.
  void drain(steady_time deadline, std::function<void()> drained);
  // On the API's executor.
  [[nodiscard]] const api_link& to_home() const noexcept { return to_home_; }
  [[nodiscard]] const std::optional<failure>& missing() const noexcept { return missing_; }
  [[nodiscard]] std::string new_name() { return make_uuid(*parts_.names); }

  // On any thread.
  void write_metrics(metric_writer& into) const {
    figures_.write_metrics(into, parts_.home.clock());
  }

 private:
  outcome<void> make_slots();
  outcome<std::unique_ptr<predictor>> make_predictor();
  void tell(const job& changed);

  prediction_desk_parts parts_;
  options options_;
  std::unique_ptr<cancel_signal> cancelled_;
  std::optional<failure> missing_;
  prediction_figures figures_;
  stored_job_queue queue_;
  std::unique_ptr<library_file> library_at_;  // read alone, and by the workers alone
  std::unique_ptr<labelled_library> library_;
  std::unique_ptr<inference_client> client_;
  std::unique_ptr<inference_opening> opening_;
  std::unique_ptr<prediction_work> work_;
  api_link to_home_;
};

// {"uuid","name","status","prediction","score","error"}: prediction and score are null until the
// job is done, error is null unless it failed.
void append_prediction(std::string& out, const job& shown);

}  // namespace reprise
