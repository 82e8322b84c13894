#include "net/serve_command.hpp"

#include <cstdlib>

#include "net/awaited_signals.hpp"
#include "net/configuration_options.hpp"
#include "net/running_service.hpp"

namespace reprise {
namespace {

class serve_command final : public command {
 public:
  explicit serve_command(device_maker make_devices) : make_devices_{std::move(make_devices)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "serve"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Run the live service: ask every source each second, match, report";
  }
  [[nodiscard]] std::string_view example() const noexcept override {
    return "reprise serve --config reprise.toml";
  }
  void declare(option_set& options) override { options_.declare_service(options); }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const auto log = make_event_log(streams.messages_terminal ? log_format::text : log_format::json,
                                    streams.messages_terminal && streams.colour_allowed);
    const auto read = options_.read();
    if (!read) return refused(streams, *log, read.error());
    for (const std::string& warning : read->warnings) log->warning(warning);
    const char* const kernel = std::getenv("REPRISE_KERNEL");
    const awaited_signals signals;
    auto service = start_service({.made = read->made,
                                  .kernel = kernel == nullptr ? "" : kernel,
                                  .make_devices = make_devices_},
                                 *log, [&log](const failure& why) { end_at_once(*log, why); });
    if (!service) return refused(streams, *log, service.error());
    while (signals.wait() == SIGHUP) reload(**service, *log);
    signals.release();
    (*service)->stop();
    return 0;
  }

 private:
  // Off a terminal every line is one of the log's, the last one of a service that does not start,
  // too.
  static outcome<int> refused(const process_streams& streams, event_log& log, const failure& why) {
    if (streams.messages_terminal) return why;
    log.error("the service does not start", {{"why", why.what}});
    return exit_status(why.code);
  }

  void reload(running_service& service, event_log& log) const {
    const auto read = options_.read();
    if (!read) return log.error("the configuration is not taken", {{"why", read.error().what}});
    for (const std::string& warning : read->warnings) log.warning(warning);
    service.reload(read->made);
  }

  // Nothing is written any more: what the disk was told last may not be there.
  [[noreturn]] static void end_at_once(event_log& log, const failure& why) {
    log.error("the service ends", {{"why", why.what}});
    std::_Exit(exit_status(why.code));
  }

  device_maker make_devices_;
  configuration_options options_;
};

}  // namespace

std::unique_ptr<command> make_serve_command(device_maker make_devices) {
  return std::make_unique<serve_command>(std::move(make_devices));
}

}  // namespace reprise
