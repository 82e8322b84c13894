#include "net/service_engine.hpp"

#include "host/machine_memory.hpp"

namespace reprise {
namespace {

// A part is left for all that is not counted: batches, requests, buffers, the program itself.
constexpr double memory_share = 0.9;

// A device takes many channels at once as soon as it takes one.
constexpr std::chrono::milliseconds batch_wait_on_devices{20};

std::shared_ptr<memory_budget> memory_of(const configuration& made) {
  const auto share = static_cast<std::size_t>(static_cast<double>(usable_memory()) * memory_share);
  const auto chosen = static_cast<std::size_t>(made.engine.memory_bytes_max);
  return std::make_shared<memory_budget>(chosen == 0 ? share : chosen);
}

}  // namespace

service_options options_of(const configuration& made, bool has_devices) {
  service_options options;
  if (has_devices) options.batch_wait_max = batch_wait_on_devices;
  options.defaults = made.defaults;
  options.matches_keep_seconds = made.data.matches_keep_seconds;
  options.repeats_keep_seconds = made.data.repeats_keep_seconds;
  options.deliveries_keep_seconds = made.data.deliveries_keep_seconds;
  return options;
}

outcome<service_engine> make_service_engine(const service_setup& setup, event_log& log) {
  const auto& chosen = setup.made.engine;
  service_engine made;
  made.memory = memory_of(setup.made);
  const auto told_lost = [&log](std::string_view device, const std::string& why) {
    log.error("a device is lost: its channels go elsewhere",
              {{"engine", std::string{device}}, {"why", why}});
  };
  auto engine = make_live_matcher(rule{}, {chosen.backend, setup.kernel, setup.make_devices},
                                  {chosen.standby, made.memory, told_lost});
  if (!engine) return engine.error();
  for (const std::string& why : engine->left_out) {
    log.error("a device cannot be used: its channels go elsewhere", {{"why", why}});
  }
  if (!engine->why_none.empty()) log.info("no device", {{"why", engine->why_none}});
  std::string devices;
  for (const std::string& each : engine->devices) devices += (devices.empty() ? "" : " ") + each;
  made.has_devices = !devices.empty();
  log.info("the engine", {{"devices", made.has_devices ? devices : "none: the CPU alone"},
                          {"standby", made.has_devices && chosen.standby ? "true" : ""},
                          {"memory_bytes_max", std::to_string(made.memory->bytes_max())}});
  made.engine = std::move(engine->engine);
  return made;
}

}  // namespace reprise
