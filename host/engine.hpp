// The choice of an engine: which matcher serves, by --engine and REPRISE_KERNEL.
//
// Errors   usage: an unknown engine or kernel, or both a kernel of the CPU and the engine cuda;
//          kernel_unsupported: this processor lacks the kernel, or this program the engine cuda;
//          with --engine cuda, whatever make_cuda says
// Threads  pure
//
// A kernel forces an engine of the CPU: `reference` is the whole reference engine, the others are
// kernels of the CPU engine.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "host/failure.hpp"
#include "host/match/matcher.hpp"

namespace reprise {

enum class engine_kind { automatic, cpu, cuda };

struct engine_choice {
  engine_kind kind = engine_kind::automatic;
  std::string_view kernel = {};  // REPRISE_KERNEL; empty: the fastest. Outlives the choice
  // Makes the CUDA matcher; empty in a program that has none, as every one today, also where it is
  // built with CUDA and lists the devices.
  std::function<outcome<std::unique_ptr<matcher>>(const rule&)> make_cuda = {};
};

[[nodiscard]] outcome<engine_kind> parse_engine(std::string_view name);

// An engine that steps its channels on `threads` threads, 0 for one a core.
[[nodiscard]] outcome<std::unique_ptr<matcher>> make_matcher(const rule& by,
                                                             const engine_choice& choice,
                                                             unsigned threads);

}  // namespace reprise
