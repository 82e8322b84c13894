#include "net/version.hpp"

#include <nlohmann/json.hpp>

#include "host/match/agreement_kernels.hpp"

namespace reprise {
namespace {

#ifdef __clang__
constexpr const char compiler[] = "clang " __clang_version__;
#else
constexpr const char compiler[] = "gcc " __VERSION__;
#endif

}  // namespace

std::string version_line() {
  return "reprise " REPRISE_VERSION "\n";
}

std::string version_json() {
  nlohmann::ordered_json shown{{"name", "reprise"},
                               {"version", REPRISE_VERSION},
                               {"compiler", compiler},
                               {"cuda", static_cast<bool>(REPRISE_WITH_CUDA)}};
  shown["kernels"] = nlohmann::ordered_json::array();
  for (const agreement_kernel& kernel : agreement_kernels()) {
    shown["kernels"].push_back({{"name", kernel.name}, {"supported", kernel.supported}});
  }
  return shown.dump() + "\n";
}

}  // namespace reprise
