// The tested device of cuda_matcher_tests: the one that runs on the host.
#include "tests/emulated_device.hpp"
#include "tests/tested_device.hpp"

namespace reprise {

std::string why_no_tested_device() {
  return {};
}

std::unique_ptr<match_device> make_tested_device(const rule& by, std::size_t memory_bytes_max) {
  const auto script = std::make_shared<device_script>();
  if (memory_bytes_max > 0) script->bytes_max = memory_bytes_max;
  return make_emulated_device(by, script);
}

}  // namespace reprise
