#include "net/encoder_command.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "host/random_source.hpp"
#include "net/awaited_signals.hpp"
#include "net/context_thread.hpp"
#include "net/encoder_routes.hpp"
#include "net/http_server.hpp"
#include "net/listen_address.hpp"
#include "net/option_values.hpp"

namespace reprise {
namespace {

constexpr std::string_view usual_listen = "127.0.0.1:8090";
constexpr std::uint32_t workers_max = 64;

class encoder_command final : public command {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "encoder"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Run an encoder service: the faces of a picture as 128 numbers each";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise encoder &   # then: curl -F file=@picture.jpg http://127.0.0.1:8090/v1/selfie";
  }

  void declare(option_set& options) override {
    options.add_value("--listen", "ADDRESS:PORT", listen_,
                      "Where to listen (default: 127.0.0.1:8090). It asks for no key: whoever "
                      "reaches the address may use it");
    options.add_value("--workers", "COUNT", workers_,
                      "Pictures that are looked at at once, 1 to 64 (default: one a processor)");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const std::string listen = listen_.value_or(std::string{usual_listen});
    const auto at = parse_listen_address(listen);
    if (!at) return bad_option("--listen", listen, "ADDRESS:PORT, as 127.0.0.1:8090");
    const auto count =
        whole_option("--workers", workers_, 1, workers_max,
                     std::clamp(std::thread::hardware_concurrency(), 1U, workers_max));
    if (!count) return count.error();
    const auto log = make_event_log(streams.messages_terminal ? log_format::text : log_format::json,
                                    streams.messages_terminal && streams.colour_allowed);
    const awaited_signals signals;
    if (auto served = serve(*at, *count, *log, signals, streams); !served) return served.error();
    return 0;
  }

 private:
  static outcome<void> serve(const listen_address& at, std::uint32_t count, event_log& log,
                             const awaited_signals& signals, const process_streams& streams) {
    context_thread api{"reprise-api"};
    auto workers = encoder_workers::make(count, api.context().get_executor());
    if (!workers) return workers.error();
    std::unique_ptr<http_server> server;
    const encoder_route_parts parts{
        **workers,
        log,
        {[&workers](metric_writer& into) { (*workers)->write_metrics(into); },
         [&server](metric_writer& into) { server->write_metrics(into); }}};
    const auto random = make_system_random();
    server = std::make_unique<http_server>(
        api.context().get_executor(),
        http_server_parts{
            .routes = router{make_encoder_routes(parts),
                             {.check_key = [](const api_request&) { return key_verdict::good; },
                              .ready = [] { return true; },
                              .keyless = [loopback = at.loopback] { return loopback; }}},
            .random = *random,
            .report_failure = [&log](std::string_view request, std::string_view what) {
              log.error("a request failed",
                        {{"request_id", std::string{request}}, {"what", std::string{what}}});
            }});
    const auto bound = server->listen({net::ip::make_address(at.address), at.port});
    if (!bound) return bound.error();
    const std::string line = "encoder http://" + to_text(*bound) + "/v1/selfie\n";
    if (auto told = streams.output.write(line); !told) return told.error();
    api.start();
    while (signals.wait() == SIGHUP) continue;
    signals.release();
    api.wait([&server](auto ended) { server->stop(ended); });
    api.stop();
    return {};
  }

  std::optional<std::string> listen_, workers_;
};

}  // namespace

std::unique_ptr<command> make_encoder_command() {
  return std::make_unique<encoder_command>();
}

}  // namespace reprise
