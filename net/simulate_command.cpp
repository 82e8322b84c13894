#include "net/simulate_command.hpp"

#include <fmt/format.h>

#include "host/engine.hpp"
#include "net/option_values.hpp"
#include "net/simulate/network_thread.hpp"
#include "net/simulate/simulation_run.hpp"
#include "net/simulate/sink_judgement.hpp"
#include "net/simulate_options.hpp"

namespace reprise::simulate {
namespace {

constexpr std::uint32_t seconds_max = 604'800;
constexpr std::int64_t reports_under_way_seconds = 10;  // not judged at the end

outcome<void> print(const process_streams& streams, std::string_view text) {
  return streams.output.write(text);
}

void tell(const process_streams& streams, std::string_view text) {
  static_cast<void>(streams.messages.write(fmt::format("reprise: simulate: {}\n", text)));
}

outcome<std::optional<std::uint32_t>> seconds_option(const std::optional<std::string>& typed) {
  if (!typed) return std::optional<std::uint32_t>{};
  const auto seconds = whole_option("--seconds", typed, 1, seconds_max, 0);
  if (!seconds) return seconds.error();
  return std::optional{*seconds};
}

outcome<std::unique_ptr<matcher>> make_exact() {
  auto made = make_offline_engine(rule{}, {.kind = engine_kind::cpu});
  if (!made) return made.error();
  return std::move(made->engine);
}

outcome<int> finish_with(const process_streams& streams, const simulation_verdict& verdict) {
  if (auto written = print(streams, verdict_text(verdict)); !written) return written.error();
  if (auto finished = streams.output.finish(); !finished) return finished.error();
  return verdict.clean() ? 0 : 1;
}

// What a simulated part is told that runs by itself.
struct part_options {
  net::ip::tcp::endpoint listen;
  std::optional<std::uint32_t> seconds;
  std::string key;
};

class part_option_texts {
 public:
  explicit part_option_texts(std::string listen) : usual_listen_{std::move(listen)} {}
  void declare(option_set& options) {
    options.add_value("--listen", "ADDRESS:PORT", listen_,
                      "Where to listen (default: " + usual_listen_ + ")");
    options.add_value("--seconds", "COUNT", seconds_, "End after so long, 1 to 604800");
    options.add_value("--key-file", "FILE", key_file, "A file with the service's key");
  }
  [[nodiscard]] outcome<part_options> read() const {
    const auto listen = listen_option(listen_, usual_listen_);
    if (!listen) return listen.error();
    const auto seconds = seconds_option(seconds_);
    if (!seconds) return seconds.error();
    auto key = read_key_file(key_file);
    if (!key) return key.error();
    return part_options{*listen, *seconds, std::move(*key)};
  }

  std::optional<std::string> key_file;

 private:
  std::string usual_listen_;
  std::optional<std::string> listen_, seconds_;
};

outcome<int> finish_counted(const process_streams& streams, const std::string& text) {
  auto written = print(streams, text);
  if (written) written = streams.output.finish();
  if (!written) return written.error();
  return 0;
}

class simulate_run_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "simulate run"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Broadcast to a service for some time and judge its reports; exit 0 if all is exact";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise serve --config reprise.toml &   # with [egress] allow = [\"127.0.0.0/8\"]\n"
           "  reprise simulate run --service http://127.0.0.1:8080 --seconds 60 "
           "--faults hang=0.2,reset=0.1";
  }
  void declare(option_set& options) override {
    options.add_value("--service", "URL", service_,
                      "The service (default: http://127.0.0.1:8080); its [egress] must allow the "
                      "simulator's address");
    options.add_value("--key-file", "FILE", key_file_, "A file with the service's key");
    options.add_value("--seconds", "COUNT", seconds_, "How long, 1 to 604800 (default: 60)");
    options.add_value("--listen", "ADDRESS:PORT", listen_,
                      "Where sources and sink listen (default: 127.0.0.1:0, any free ports)");
    sources_.declare(options);
    sink_.declare(options);
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    simulation_options options;
    if (auto read = read_options(options); !read) return read.error();
    const auto exact = make_exact();
    if (!exact) return exact.error();
    const auto verdict = run_simulation(options, **exact, catch_interruption(),
                                        [&](std::string_view text) { tell(streams, text); });
    if (!verdict) return verdict.error();
    return finish_with(streams, *verdict);
  }

 private:
  outcome<void> read_options(simulation_options& into) const {
    into.service = service_.value_or("http://127.0.0.1:8080");
    const auto seconds = seconds_option(seconds_);
    if (!seconds) return seconds.error();
    into.seconds = seconds->value_or(60);
    auto sources = sources_.read_sources();
    if (!sources) return sources.error();
    into.sources = std::move(*sources);
    auto sink = sink_.read();
    if (!sink) return sink.error();
    into.sink = std::move(*sink);
    const auto listen = listen_option(listen_, "127.0.0.1:0");
    if (!listen) return listen.error();
    into.sources.listen = *listen;
    into.sink.listen = {listen->address(), 0};
    auto shown = sources_.read_broadcast();
    if (!shown) return shown.error();
    into.shown = std::move(*shown);
    auto key = read_key_file(key_file_);
    if (!key) return key.error();
    into.key = std::move(*key);
    return {};
  }

  std::optional<std::string> service_, key_file_, seconds_, listen_;
  source_option_texts sources_;
  sink_option_texts sink_;
};

class simulate_sources_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "simulate sources"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Answer for many channels over HTTP, until interrupted";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise simulate sources --channels 1000 --faults slow=0.1,flapping=0.05";
  }
  void declare(option_set& options) override {
    part_.declare(options);
    options.add_value("--register", "URL", register_,
                      "Put the channels at this service, as simulated-SEED-NUMBER; older ones of "
                      "these names are removed");
    options.add_value("--sink", "URL", sink_, "Where the registered channels report to");
    sources_.declare(options);
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    if (!register_ && (sink_ || part_.key_file)) {
      return failure{errc::usage, "--sink and --key-file go with --register"};
    }
    const auto part = part_.read();
    if (!part) return part.error();
    auto options = sources_.read_sources();
    if (!options) return options.error();
    options->listen = part->listen;
    auto shown_options = sources_.read_broadcast();
    if (!shown_options) return shown_options.error();
    const broadcast shown{std::move(*shown_options)};
    const auto& interrupted = catch_interruption();

    const system_clock_source clock;
    net::io_context io{1};
    const auto server = source_server::make(io, clock, shown, *options);
    if (!server) return server.error();
    if (auto written = print(streams, fmt::format("sources {} to {}\n", (*server)->url(0),
                                                  (*server)->url(options->channels - 1)));
        !written) {
      return written.error();
    }
    network_thread network{io};
    if (register_) {
      service_calls service{*register_, part->key};
      if (auto done = register_channels(service, **server, shown.seed(), options->channels,
                                        sink_.value_or(""));
          !done) {
        return done.error();
      }
      tell(streams, fmt::format("{} channels are registered", options->channels));
    }
    wait_interrupted(part->seconds, interrupted);
    network.finish();
    const source_counts counts = (*server)->counts();
    return finish_counted(
        streams, fmt::format("asked {} times, {} right answers\n", counts.asked, counts.served));
  }

 private:
  part_option_texts part_{"127.0.0.1:9000"};
  std::optional<std::string> register_, sink_;
  source_option_texts sources_;
};

class simulate_sink_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "simulate sink"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Take reports until interrupted, and judge them by what the service exports";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise simulate sink --service http://127.0.0.1:8080 --seconds 600 --down 60-120";
  }
  void declare(option_set& options) override {
    part_.declare(options);
    options.add_value("--service", "URL", service_,
                      "The service whose export gives the exact answer; without it reports are "
                      "only counted. The last 10 seconds are not judged");
    sink_.declare(options);
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const auto part = part_.read();
    if (!part) return part.error();
    auto options = sink_.read();
    if (!options) return options.error();
    options->listen = part->listen;
    const auto& interrupted = catch_interruption();

    const system_clock_source clock;
    const std::int64_t from = tick_of(clock.wall()) + 1;
    net::io_context io{1};
    const auto sink = report_sink::make(io, clock, *options);
    if (!sink) return sink.error();
    if (auto written = print(streams, fmt::format("sink {}\n", (*sink)->url())); !written) {
      return written.error();
    }
    network_thread network{io};
    wait_interrupted(part->seconds, interrupted);
    const std::int64_t to = tick_of(clock.wall()) - reports_under_way_seconds;
    network.finish();
    if (!service_) return finish_counted(streams, text_of((*sink)->log()));
    const auto exact = make_exact();
    if (!exact) return exact.error();
    service_calls service{*service_, part->key};
    const auto verdict = judge_sink(service, (*sink)->log(), from, to, **exact);
    if (!verdict) return verdict.error();
    return finish_with(streams, *verdict);
  }

 private:
  static std::string text_of(const report_log& log) {
    const sink_counts& counts = log.counts();
    const delay_percentiles delay = percentiles_of(log.delays_ms());
    return fmt::format(
        "{} attempts, {} accepted, {} turned away, {} malformed; delay p50 {} ms, "
        "p99 {} ms\n",
        counts.attempts, counts.accepted, counts.turned_away, counts.malformed, delay.p50_ms,
        delay.p99_ms);
  }

  part_option_texts part_{"127.0.0.1:9001"};
  std::optional<std::string> service_;
  sink_option_texts sink_;
};

}  // namespace
}  // namespace reprise::simulate

namespace reprise {

std::unique_ptr<command> make_simulate_run_command() {
  return std::make_unique<simulate::simulate_run_command>();
}
std::unique_ptr<command> make_simulate_sources_command() {
  return std::make_unique<simulate::simulate_sources_command>();
}
std::unique_ptr<command> make_simulate_sink_command() {
  return std::make_unique<simulate::simulate_sink_command>();
}

}  // namespace reprise
