#include "host/engine.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "host/line_reader.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 4> kernels{"reference", "scalar", "avx2", "avx512"};

outcome<std::unique_ptr<matcher>> make_cpu_matcher_of(const rule& by, std::string_view kernel,
                                                      cpu_options options) {
  options.kernel = kernel;
  auto made = kernel == "reference" ? make_reference_matcher(by) : make_cpu_matcher(by, options);
  if (made) return std::move(*made);
  if (made.error() == errc::kernel_unsupported) {
    return failure{made.error(),
                   "REPRISE_KERNEL=" + std::string{kernel} + ": this processor lacks it"};
  }
  return failure{made.error(), "the engine: " + std::string{to_string(made.error())}};
}

outcome<void> check(const engine_choice& choice) {
  if (choice.kernel.empty()) return {};
  if (std::find(kernels.begin(), kernels.end(), choice.kernel) == kernels.end()) {
    return failure{errc::usage, "REPRISE_KERNEL=" + quoted(choice.kernel) +
                                    ": must be reference, scalar, avx2 or avx512"};
  }
  if (choice.kind != engine_kind::cuda) return {};
  return failure{errc::usage, "--engine cuda: REPRISE_KERNEL=" + std::string{choice.kernel} +
                                  " forces an engine of the CPU"};
}

made_devices devices_of(const rule& by, const engine_choice& choice) {
  if (choice.make_devices) return choice.make_devices(by);
  return {.why_none = "this program is built without CUDA"};
}

failure no_device(const made_devices& tried) {
  std::string what = "--engine cuda: no device can be used";
  std::string_view separator = ": ";
  if (!tried.why_none.empty()) what.append(std::exchange(separator, "; ")).append(tried.why_none);
  for (const std::string& each : tried.left_out) {
    what.append(std::exchange(separator, "; ")).append(each);
  }
  return {errc::configuration_invalid, std::move(what)};
}

}  // namespace

outcome<engine_kind> parse_engine(std::string_view name) {
  if (name == "auto") return engine_kind::automatic;
  if (name == "cpu") return engine_kind::cpu;
  if (name == "cuda") return engine_kind::cuda;
  return failure{errc::usage, "--engine " + quoted(name) + ": must be auto, cpu or cuda"};
}

outcome<offline_engine> make_offline_engine(const rule& by, const engine_choice& choice) {
  if (auto checked = check(choice); !checked) return checked.error();
  offline_engine made;
  if (choice.kind != engine_kind::cuda) {
    auto engine = make_cpu_matcher_of(by, choice.kernel, {.threads = 1});
    if (!engine) return engine.error();
    made.engine = std::move(*engine);
    return made;
  }
  made_devices devices = devices_of(by, choice);
  if (devices.engines.empty()) return no_device(devices);
  device_engine& first = devices.engines.front();
  made.engine = std::move(first.engine);
  made.why_lost = [name = first.name, why = std::move(devices.why_lost)] { return why(name); };
  return made;
}

outcome<live_matcher> make_live_matcher(const rule& by, const engine_choice& choice,
                                        const live_choice& live) {
  if (auto checked = check(choice); !checked) return checked.error();
  auto host = make_cpu_matcher_of(by, choice.kernel, {.budget = live.budget, .populate = false});
  if (!host) return host.error();
  const bool wants_devices = choice.kind != engine_kind::cpu && choice.kernel.empty();
  made_devices devices = wants_devices ? devices_of(by, choice) : made_devices{};
  if (choice.kind == engine_kind::cuda && devices.engines.empty()) return no_device(devices);
  live_matcher made;
  for (const device_engine& each : devices.engines) made.devices.push_back(each.name);
  made.left_out = std::move(devices.left_out);
  made.why_none = std::move(devices.why_none);
  placed_options placed{.standby = live.standby, .budget = live.budget};
  placed.told_lost = [told = live.told_lost, why = std::move(devices.why_lost)](
                         std::string_view device) { told(device, why(device)); };
  auto engine =
      make_placed_matcher(std::move(devices.engines), std::move(*host), std::move(placed));
  if (!engine) {
    return failure{engine.error(), "the engine: " + std::string{to_string(engine.error())}};
  }
  made.engine = std::move(*engine);
  return made;
}

}  // namespace reprise
