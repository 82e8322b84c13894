#include "net/service_recognition.hpp"

#include <utility>

namespace reprise {
namespace {

// Names of a few servers, and few connections to them.
constexpr std::size_t outside_lookups = 2;
constexpr std::size_t outside_connections_max = 128;
constexpr auto look_grace = std::chrono::seconds{5};  // for pictures that are being looked at

std::vector<std::string> every_network() {
  return {"0.0.0.0/0", "::/0"};
}

session_options options_of(const configuration& made) {
  const auto& encoder = made.encoder;
  const auto& sessions = made.sessions;
  return {.limits = {.keep_seconds = sessions.keep_seconds,
                     .images_max = sessions.images_max,
                     .sessions_max = sessions.sessions_max,
                     .pictures_max = sessions.pictures_max,
                     .pictures_keep_seconds = sessions.pictures_keep_seconds},
          .cache_bytes = static_cast<std::size_t>(sessions.cache_bytes),
          .encoder = {.url = encoder.url,
                      .deadline = std::chrono::milliseconds{encoder.deadline_ms},
                      .retries = static_cast<std::uint32_t>(encoder.retries),
                      .calls_max = static_cast<std::size_t>(encoder.calls_max),
                      .waiting_max = static_cast<std::size_t>(encoder.waiting_max),
                      .breaker_failures = static_cast<std::uint32_t>(encoder.breaker_failures),
                      .breaker_pause = std::chrono::milliseconds{encoder.breaker_pause_ms},
                      .faces_max = static_cast<std::size_t>(encoder.faces_max)}};
}

}  // namespace

service_recognition::service_recognition(const configuration& made, const log_teller& log)
    : log_{log}, file_{made.data.dir + "/jobs.db", {}} {}

outcome<std::unique_ptr<service_recognition>> service_recognition::make(const configuration& made,
                                                                        executor& core,
                                                                        event_sink& events,
                                                                        net::any_io_executor api,
                                                                        const log_teller& log) {
  std::unique_ptr<service_recognition> whole{new service_recognition{made, log}};
  auto client = service_client::make(
      whole->outside_.context(), whole->scheduler_,
      {.allow = every_network(),
       .client = {.ca_file = made.egress.ca_file, .connections_max = outside_connections_max},
       .lookups = outside_lookups});
  if (!client) return client.error();
  whole->client_ = std::move(*client);
  // Matching and reporting go first: they start whether or not this file can be opened.
  if (const auto opened = whole->file_.open(); !opened) {
    log(log_level::error, "jobs.db cannot be opened: what needs it fails",
        {{"why", opened.error().what}});
  }
  whole->sessions_ =
      std::make_unique<session_desk>(session_desk_parts{.outside = whole->scheduler_,
                                                        .writer = whole->writer_,
                                                        .reader = whole->reader_,
                                                        .api = api,
                                                        .file = whole->file_,
                                                        .writes = whole->writes_,
                                                        .exchange = whole->client_->exchange(),
                                                        .random = *whole->random_,
                                                        .log = log},
                                     options_of(made));
  auto predictions =
      service_predictions::make(made.predictions, {.home = whole->scheduler_,
                                                   .exchange = whole->client_->exchange(),
                                                   .writer = whole->writer_,
                                                   .reader = whole->reader_,
                                                   .file = whole->file_,
                                                   .writes = whole->writes_,
                                                   .core = core,
                                                   .events = events,
                                                   .api = std::move(api),
                                                   .directory = made.data.dir,
                                                   .log = log});
  if (!predictions) return predictions.error();
  whole->predictions_ = std::move(*predictions);
  return whole;
}

outcome<void> service_recognition::start() {
  sessions_->start();
  outside_.start();
  outcome<void> opened;
  outside_.wait([&](const auto& ended) {
    predictions().open([&opened, ended](const outcome<void>& told) {
      opened = told;
      ended();
    });
  });
  if (!opened) return opened;
  started_ = true;
  // Until the queue has ended the leases of the process before, it takes nothing in: nobody is
  // listened to before that has been tried. The second call is answered behind the first.
  outside_.wait([this](const auto& ended) {
    predictions().start();
    predictions().queue().start([ended](const auto&) { ended(); });
  });
  return {};
}

void service_recognition::reconfigure(const configuration& made) {
  sessions_->reconfigure(options_of(made));
  scheduler_.post([this, ca_file = made.egress.ca_file] {
    if (const auto loaded = client_->reload(every_network(), ca_file); !loaded) {
      log_(log_level::error, "the authorities are not taken", {{"why", loaded.error().what}});
    }
  });
}

void service_recognition::write_metrics(metric_writer& into) const {
  sessions_->write_metrics(into);
  predictions_->desk().write_metrics(into);
  into.gauge("reprise_jobs_writes_waiting", "Changes of jobs.db that wait to be committed.", {},
             static_cast<double>(writes_.waiting()));
  into.gauge("reprise_jobs_writes_waiting_limit", "How many may.", {},
             static_cast<double>(grouped_writes<jobs_file>::waiting_max));
}

void service_recognition::finish() {
  if (std::exchange(started_, false)) {
    outside_.wait([this](const auto& ended) {
      predictions().drain(scheduler_.clock().steady() + look_grace, ended);
    });
  }
  outside_.stop();
  if (predictions_) predictions_->finish();
  for (auto* each : {&writer_, &reader_}) each->finish();
}

}  // namespace reprise
