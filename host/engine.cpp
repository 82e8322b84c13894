#include "host/engine.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "host/line_reader.hpp"
#include "host/match/cpu_matcher.hpp"
#include "host/match/reference_matcher.hpp"

namespace reprise {
namespace {

constexpr std::array<std::string_view, 4> kernels{"reference", "scalar", "avx2", "avx512"};

outcome<std::unique_ptr<matcher>> make_cuda_matcher_of(const rule& by,
                                                       const engine_choice& choice) {
  if (choice.make_cuda) return choice.make_cuda(by);
  return failure{errc::kernel_unsupported, "--engine cuda: this program has no CUDA engine yet"};
}

outcome<std::unique_ptr<matcher>> make_cpu_matcher_of(const rule& by, std::string_view kernel,
                                                      unsigned threads) {
  auto made = kernel == "reference" ? make_reference_matcher(by)
                                    : make_cpu_matcher(by, {.kernel = kernel, .threads = threads});
  if (made) return std::move(*made);
  if (made.error() == errc::kernel_unsupported) {
    return failure{made.error(),
                   "REPRISE_KERNEL=" + std::string{kernel} + ": this processor lacks it"};
  }
  return failure{made.error(), "the engine: " + std::string{to_string(made.error())}};
}

}  // namespace

outcome<engine_kind> parse_engine(std::string_view name) {
  if (name == "auto") return engine_kind::automatic;
  if (name == "cpu") return engine_kind::cpu;
  if (name == "cuda") return engine_kind::cuda;
  return failure{errc::usage, "--engine " + quoted(name) + ": must be auto, cpu or cuda"};
}

outcome<std::unique_ptr<matcher>> make_matcher(const rule& by, const engine_choice& choice,
                                               unsigned threads) {
  const bool forced = !choice.kernel.empty();
  if (forced && std::find(kernels.begin(), kernels.end(), choice.kernel) == kernels.end()) {
    return failure{errc::usage, "REPRISE_KERNEL=" + quoted(choice.kernel) +
                                    ": must be reference, scalar, avx2 or avx512"};
  }
  if (choice.kind == engine_kind::cuda) {
    if (forced) {
      return failure{errc::usage, "--engine cuda: REPRISE_KERNEL=" + std::string{choice.kernel} +
                                      " forces an engine of the CPU"};
    }
    return make_cuda_matcher_of(by, choice);
  }
  if (choice.kind == engine_kind::automatic && !forced && choice.make_cuda) {
    auto made = choice.make_cuda(by);
    if (made) return made;
  }
  return make_cpu_matcher_of(by, choice.kernel, threads);
}

}  // namespace reprise
