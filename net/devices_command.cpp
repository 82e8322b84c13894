#include "net/devices_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "host/match/agreement_kernels.hpp"

namespace reprise {
namespace {

constexpr double gib = 1024.0 * 1024 * 1024;

std::string as_text(const device_list& listed) {
  std::string text =
      fmt::format("cpu    {} threads, kernels:", std::thread::hardware_concurrency());
  for (const agreement_kernel& kernel : agreement_kernels()) {
    if (kernel.supported) text.append(" ").append(kernel.name);
  }
  text += '\n';
  for (const compute_device& device : listed.found) {
    text += fmt::format("cuda {} {}, compute {}.{}, {:.1f} GiB of memory, {:.1f} GiB free\n",
                        device.index, device.name, device.compute_major, device.compute_minor,
                        static_cast<double>(device.memory_bytes) / gib,
                        static_cast<double>(device.memory_free_bytes) / gib);
    text += device.unusable.empty()
                ? fmt::format("       {} channels of a day fit, with {:.1f} GiB of host memory\n",
                              device.day_channels, static_cast<double>(device.day_host_bytes) / gib)
                : fmt::format("       cannot be used: {}\n", device.unusable);
  }
  if (listed.found.empty()) text += fmt::format("cuda   no device: {}\n", listed.why);
  return text;
}

std::string as_json(const device_list& listed) {
  nlohmann::ordered_json shown;
  shown["cpu"]["threads"] = std::thread::hardware_concurrency();
  shown["cpu"]["kernels"] = nlohmann::ordered_json::array();
  for (const agreement_kernel& kernel : agreement_kernels()) {
    if (kernel.supported) shown["cpu"]["kernels"].push_back(kernel.name);
  }
  shown["cuda"] = nlohmann::ordered_json::array();
  for (const compute_device& device : listed.found) {
    nlohmann::ordered_json one{
        {"index", device.index},
        {"name", device.name},
        {"compute", fmt::format("{}.{}", device.compute_major, device.compute_minor)},
        {"memory_bytes", device.memory_bytes},
        {"memory_free_bytes", device.memory_free_bytes},
        {"usable", device.unusable.empty()}};
    if (device.unusable.empty()) {
      one["day_channels"] = device.day_channels;
      one["day_channel_bytes"] = device.day_channel_bytes;
      one["day_host_bytes"] = device.day_host_bytes;
    } else {
      one["unusable"] = device.unusable;
    }
    shown["cuda"].push_back(std::move(one));
  }
  if (!listed.why.empty()) shown["cuda_missing"] = listed.why;
  return shown.dump() + "\n";
}

class devices_command final : public command {
 public:
  explicit devices_command(std::function<device_list()> list) : list_{std::move(list)} {}

  [[nodiscard]] std::string_view name() const noexcept override { return "devices"; }
  [[nodiscard]] std::string_view summary() const noexcept override {
    return "Show what this machine offers to compute with";
  }
  [[nodiscard]] std::string_view example() const noexcept override { return "reprise devices"; }
  void declare(option_set& options) override {
    options.add_flag("--json", json_, "Print a JSON object");
  }

  [[nodiscard]] outcome<int> run(const process_streams& streams) override {
    const device_list listed =
        list_ ? list_() : device_list{{}, "this program is built without CUDA"};
    if (!listed.found.empty() && !listed.why.empty()) {
      if (auto told = streams.messages.write("reprise: devices: " + listed.why + "\n"); !told) {
        return told.error();
      }
    }
    auto written = streams.output.write(json_ ? as_json(listed) : as_text(listed));
    if (written) written = streams.output.finish();
    if (!written) return written.error();
    return 0;
  }

 private:
  std::function<device_list()> list_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<command> make_devices_command(std::function<device_list()> list) {
  return std::make_unique<devices_command>(std::move(list));
}

}  // namespace reprise
