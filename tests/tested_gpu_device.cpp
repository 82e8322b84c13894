// The tested device of gpu_tests: the first card of this machine that the engine can use.
#include "cuda/cuda_device.hpp"
#include "cuda/devices.hpp"
#include "tests/tested_device.hpp"

namespace reprise {
namespace {

const compute_device* first_usable() {
  static const device_list listed = list_cuda_devices();
  for (const compute_device& each : listed.found) {
    if (each.unusable.empty()) return &each;
  }
  return nullptr;
}

}  // namespace

std::string why_no_tested_device() {
  if (first_usable() != nullptr) return {};
  const device_list listed = list_cuda_devices();
  if (listed.found.empty()) return "this machine has no CUDA device: " + listed.why;
  return listed.found.front().name + " cannot be used: " + listed.found.front().unusable;
}

std::unique_ptr<match_device> make_tested_device(const rule& by, std::size_t memory_bytes_max) {
  return make_cuda_device(by, {.device = first_usable()->index,
                               .memory_bytes_max = memory_bytes_max,
                               .told_lost =
                                   [](std::string_view why) {
                                     ADD_FAILURE() << "the device was lost: " << why;
                                   }})
      .value();
}

}  // namespace reprise
