#include "net/running_service.hpp"

#include <atomic>

#include "host/live_service.hpp"
#include "host/random_source.hpp"
#include "host/worker_thread.hpp"
#include "net/api_routes.hpp"
#include "net/context_thread.hpp"
#include "net/control_socket.hpp"
#include "net/core_scheduler.hpp"
#include "net/event_hub.hpp"
#include "net/http_server.hpp"
#include "net/key_book.hpp"
#include "net/poller.hpp"
#include "net/reporter.hpp"
#include "net/service_client.hpp"
#include "net/service_engine.hpp"
#include "net/service_gate.hpp"
#include "net/service_library.hpp"
#include "net/service_recognition.hpp"
#include "net/service_stores.hpp"
#include "net/url_judge.hpp"

namespace reprise {
namespace {

constexpr auto phase_step = std::chrono::milliseconds{50};
constexpr auto send_grace =
    std::chrono::seconds{6};  // for reports in flight: their deadline, and some
constexpr auto journal_grace = std::chrono::seconds{2};  // for own reports to become events

class service_process final : public running_service {
 public:
  service_process(const service_setup& setup, event_log& log,
                  std::function<void(const failure&)> fatal)
      : setup_{setup}, log_{log}, fatal_{std::move(fatal)} {}
  ~service_process() override { stop(); }

  outcome<void> start();
  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }
  void reload(const configuration& made) override;
  void stop() override;

 private:
  outcome<void> open();
  outcome<void> make_core();
  void start_core();
  outcome<void> start_api();
  void open_control();
  void await_ready(steady_time begun);
  void take_keys();
  void stop_core();

  service_setup setup_;
  event_log& log_;
  std::function<void(const failure&)> fatal_;
  std::uint16_t port_ = 0;
  bool running_ = false;
  bool ready_told_ = false;
  bool draining_ = false;     // the core's
  bool has_devices_ = false;  // besides the CPU

  service_stores stores_;
  service_gate gate_;                                                 // the API's
  std::unique_ptr<random_source> random_ = make_system_random();      // the core's
  std::unique_ptr<random_source> api_random_ = make_system_random();  // the API's
  channel_defaults defaults_;                                         // the core's
  context_thread core_{"reprise-core"};
  context_thread api_{"reprise-api"};
  core_scheduler scheduler_{core_.context()};
  worker_thread parser_{"reprise-parser"};
  worker_thread reader_{"reprise-reader"};
  worker_thread history_{"reprise-history"};
  worker_thread state_{"reprise-state"};
  worker_thread engine_{"reprise-engine"};
  worker_thread memory_{"reprise-memory"};
  worker_thread auditor_{"reprise-audit", thread_priority::lowest};
  event_hub events_;
  std::unique_ptr<service_client> client_;
  std::unique_ptr<reporter> reporter_;
  std::unique_ptr<live_service> service_;
  std::unique_ptr<poller> poller_;
  std::unique_ptr<service_library> library_;
  std::unique_ptr<service_recognition> recognition_;
  std::unique_ptr<api_link> to_core_;
  std::unique_ptr<api_link> to_parser_;
  std::unique_ptr<api_parts> parts_;  // outlives the routes
  std::unique_ptr<http_server> server_;
  std::unique_ptr<control_server> control_;
  std::atomic<bool> ready_{false};  // set on the core, read by the API
};

log_teller teller_of(event_log& log) {
  return [&log](log_level level, std::string_view event, std::initializer_list<log_field> fields) {
    log.write(level, event, fields);
  };
}

outcome<void> service_process::open() {
  auto stores = open_stores(setup_.made.data.dir);
  if (!stores) return stores.error();
  stores_ = std::move(*stores);
  const auto keys = stores_.state.reader->keys();
  if (!keys) return keys.error();
  auto gate = service_gate::make(setup_.made.server.listen, *keys);
  if (!gate) return gate.error();
  gate_ = std::move(*gate);
  return {};
}

outcome<void> service_process::make_core() {
  const configuration& made = setup_.made;
  auto engine = make_service_engine(setup_, log_);
  if (!engine) return engine.error();
  has_devices_ = engine->has_devices;
  auto client = service_client::make(
      core_.context(), scheduler_,
      {.allow = made.egress.allow,
       .client = {.ca_file = made.egress.ca_file, .connections_max = connections_allowed()}});
  if (!client) return client.error();
  client_ = std::move(*client);
  reporter_ = std::make_unique<reporter>(
      reporter_parts{.core = scheduler_,
                     .exchange = client_->exchange(),
                     .random = *random_,
                     .events = events_,
                     .log = teller_of(log_),
                     .delivered = [this](const auto& of) { library_->events().take(of); }});
  defaults_ = made.defaults;
  service_ = make_live_service({.core = scheduler_,
                                .engine = engine_,
                                .history = history_,
                                .state = state_,
                                .reader = reader_,
                                .memory = memory_,
                                .history_at = std::move(stores_.history),
                                .state_at = std::move(stores_.state),
                                .engine_at = std::move(engine->engine),
                                .events = events_,
                                .deliveries = *reporter_,
                                .fatal = fatal_,
                                .log = teller_of(log_),
                                .auditor = &auditor_,
                                .audit_seed = random_->below(UINT64_MAX),
                                .budget = engine->memory},
                               options_of(made, has_devices_));
  return {};
}

// On the core.
void service_process::start_core() {
  const steady_time begun = scheduler_.clock().steady();
  service_->start([this, begun](const outcome<void>& started) {
    if (!started && started.error().code == errc::stopping) return;
    if (!started) return fatal_(started.error());
    reporter_->start(*service_, service_->book());
    library_->events().start();
    poller_ = std::make_unique<poller>(
        poller_parts{.core = scheduler_,
                     .exchange = client_->exchange(),
                     .book = service_->book(),
                     .arrivals = *service_,
                     .events = events_,
                     .record = [this](const outage& gap) { service_->record(gap); },
                     .log = teller_of(log_)},
        poller_options{.deadline = std::chrono::milliseconds{setup_.made.poll.deadline_ms}});
    take_keys();
    open_control();
    log_.info("started", {{"channels", std::to_string(service_->book().size())}});
    await_ready(begun);
  });
}

// Once the keys are read: who asks before finds no service yet, and may ask again.
void service_process::open_control() {
  auto control = make_control_server(
      core_.context(), setup_.made.data.dir,
      [this](const std::string& request, const std::function<void(std::string)>& answer) {
        answer_key_request(*service_, request, [this, answer](std::string line) {
          take_keys();
          answer(std::move(line));
        });
      });
  if (control) {
    control_ = std::move(*control);
  } else {
    log_.error("keys cannot be managed while the service runs", {{"why", control.error().what}});
  }
}

void service_process::await_ready(steady_time begun) {
  ready_ = !draining_ && service_->phase().ready;
  if (ready_ && !ready_told_) {
    ready_told_ = true;
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(scheduler_.clock().steady() - begun);
    log_.info("ready", {{"channels", std::to_string(service_->book().size())},
                        {"milliseconds", std::to_string(took.count())}});
  }
  (void)scheduler_.at(scheduler_.clock().steady() + phase_step,
                      [this, begun] { await_ready(begun); });
}

outcome<void> service_process::start_api() {
  to_core_ = std::make_unique<api_link>(scheduler_, api_.context().get_executor());
  to_parser_ = std::make_unique<api_link>(parser_, api_.context().get_executor());
  parts_ = std::unique_ptr<api_parts>{new api_parts{
      .core = *to_core_,
      .parser = *to_parser_,
      .events = events_,
      .library = library_->desk(),
      .delivery_events = library_->events(),
      .predictions = recognition_->predictions(),
      .sessions = recognition_->sessions(),
      .service = *service_,
      .time = scheduler_,
      .exchange = client_->exchange(),
      .defaults = defaults_,
      .clock_problem =
          [this] { return poller_ ? poller_->clock_problem() : std::optional<std::string>{}; },
      .judge_url = make_url_judge(client_->names(), scheduler_),
      .retry_delivery = [this](std::int64_t id, done<void> done) { reporter_->retry(id, done); },
      .metrics = {[this](metric_writer& into) { service_->write_metrics(into); },
                  [this](metric_writer& into) { reporter_->write_metrics(into); },
                  [this](metric_writer& into) { client_->write_metrics(into); },
                  [this](metric_writer& into) {
                    if (poller_) poller_->write_metrics(into);
                  },
                  [this](metric_writer& into) { events_.write_metrics(into); },
                  [this](metric_writer& into) { library_->write_metrics(into); },
                  [this](metric_writer& into) { recognition_->write_metrics(into); }},
      .api_metrics = {[this](metric_writer& into) { server_->write_metrics(into); },
                      [this](metric_writer& into) { library_->events().write_api_metrics(into); }},
      .fetch_deadline = std::chrono::milliseconds{setup_.made.poll.deadline_ms}}};
  api_gate gate{.check_key = [this](api_request& asked) { return gate_.judge(asked); },
                .ready = [this] { return ready_.load(); },
                .keyless = [this] { return gate_.is_keyless(); }};
  server_ = std::make_unique<http_server>(
      api_.context().get_executor(),
      http_server_parts{.routes = router{make_api_routes(*parts_), std::move(gate)},
                        .random = *api_random_,
                        .report_failure =
                            [this](std::string_view request, std::string_view what) {
                              log_.error("a request failed", {{"request_id", std::string{request}},
                                                              {"what", std::string{what}}});
                            }},
      http_limits{});
  const auto bound =
      server_->listen({net::ip::make_address(gate_.listens().address), gate_.listens().port});
  if (!bound) return bound.error();
  port_ = bound->port();
  stores_.directory->tell_service(to_text(*bound));
  return {};
}

// On the core: the API gets a copy of what is now valid.
void service_process::take_keys() {
  net::post(api_.context(), [this, keys = service_->keys()] {
    if (gate_.take_keys(keys) && server_) server_->end_endless();
  });
}

outcome<void> service_process::start() {
  if (auto opened = open(); !opened) return opened;
  if (auto made = make_core(); !made) return made;
  auto library = service_library::make(setup_.made, scheduler_, api_.context().get_executor(),
                                       events_, teller_of(log_));
  if (!library) return library.error();
  library_ = std::move(*library);
  auto recognition = service_recognition::make(setup_.made, scheduler_, events_,
                                               api_.context().get_executor(), teller_of(log_));
  if (!recognition) return recognition.error();
  recognition_ = std::move(*recognition);
  if (auto started = recognition_->start(); !started) return started;
  if (auto started = start_api(); !started) return started;
  log_.info("listening", {{"address", gate_.listens().address}, {"port", std::to_string(port_)}});
  running_ = true;
  net::post(core_.context(), [this] { start_core(); });
  core_.start();
  api_.start();
  if (!setup_.made.egress.allow.empty()) {
    std::string networks;
    for (const std::string& network : setup_.made.egress.allow) {
      networks += (networks.empty() ? "" : " ") + network;
    }
    log_.warning("addresses that are not public may be asked and posted to",
                 {{"networks", networks}});
  }
  return {};
}

void service_process::reload(const configuration& made) {
  const configuration& old = setup_.made;
  if (made.server.listen != old.server.listen || made.data.dir != old.data.dir ||
      made.engine.backend != old.engine.backend || made.engine.standby != old.engine.standby ||
      made.engine.memory_bytes_max != old.engine.memory_bytes_max ||
      made.library.import_bytes_max != old.library.import_bytes_max ||
      made.library.import_rows_max != old.library.import_rows_max ||
      made.moving_averages.windows != old.moving_averages.windows ||
      made.predictions != old.predictions) {
    log_.warning(
        "server.listen, data.dir, the engine, the library, predictions and moving_averages.windows "
        "change with the next start alone");
  }
  core_.run([&] {
    if (auto taken = client_->reload(made.egress.allow, made.egress.ca_file); !taken) {
      return log_.error("the configuration is not taken", {{"why", taken.error().what}});
    }
    defaults_ = made.defaults;
    service_->reconfigure(options_of(made, has_devices_));
    library_->reconfigure(made);
    recognition_->reconfigure(made);
    if (poller_) {
      poller_->reconfigure({.deadline = std::chrono::milliseconds{made.poll.deadline_ms}});
    }
    parts_->fetch_deadline = std::chrono::milliseconds{made.poll.deadline_ms};
    setup_.made.egress = made.egress;
    setup_.made.poll = made.poll;
    setup_.made.defaults = made.defaults;
    log_.info("the configuration is taken");
  });
}

// Ticks first, then what they led to: polls end, all that came is matched and durable, reports that
// are on their way arrive or stay in the outbox.
void service_process::stop_core() {
  core_.wait([this](auto ended) {
    draining_ = true;
    ready_ = false;
    service_->begin_drain();
    if (!poller_) return ended();
    poller_->drain(ended);
  });
  core_.wait([this](auto ended) { service_->drain(ended); });
  core_.wait(
      [this](auto ended) { reporter_->drain(scheduler_.clock().steady() + send_grace, ended); });
  core_.wait([this](auto ended) {
    library_->events().drain(scheduler_.clock().steady() + journal_grace, ended);
  });
}

void service_process::stop() {
  if (!running_) return;
  running_ = false;
  log_.info("draining");
  library_->desk().cancel();
  recognition_->cancel();
  stop_core();
  events_.close();
  api_.wait([this](auto ended) { server_->stop(ended); });
  core_.run([this] { control_.reset(); });
  api_.stop();
  // Whoever works for the core ends first, so that nothing is posted to what is gone.
  for (auto* each : {&parser_, &engine_, &auditor_, &history_, &state_, &reader_, &memory_}) {
    each->finish();
  }
  library_->finish();
  recognition_->finish();
  core_.run([this] {
    core_.context().stop();  // no timer runs behind what it speaks to
    server_.reset();
    library_.reset();
    recognition_.reset();
    poller_.reset();
    service_.reset();
    reporter_.reset();
    client_.reset();
  });
  core_.stop();
  stores_.directory.reset();
  log_.info("stopped");
}

}  // namespace

outcome<std::unique_ptr<running_service>> start_service(const service_setup& setup, event_log& log,
                                                        std::function<void(const failure&)> fatal) {
  auto made = std::make_unique<service_process>(setup, log, std::move(fatal));
  if (auto started = made->start(); !started) return started.error();
  return std::unique_ptr<running_service>{std::move(made)};
}

}  // namespace reprise
