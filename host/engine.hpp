// The choice of an engine: which matcher serves, by --engine and REPRISE_KERNEL.
//
// Errors   usage: an unknown engine or kernel, or both a kernel of the CPU and the engine cuda;
//          kernel_unsupported: this processor lacks the kernel; configuration_invalid: with
//          --engine cuda, where no device can be used
// Threads  pure
//
// A kernel forces an engine of the CPU: `reference` is the whole reference engine, the others are
// kernels of the CPU engine.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/failure.hpp"
#include "host/match/matcher.hpp"
#include "host/match/placed_matcher.hpp"

namespace reprise {

enum class engine_kind { automatic, cpu, cuda };

// The devices of this machine, each with a matcher of its own.
struct made_devices {
  std::vector<device_engine> engines;
  std::vector<std::string> left_out;  // those that are there and cannot be used, and why
  std::string why_none;               // where none is there at all
  // What its driver said when the device of that name was lost.
  std::function<std::string(std::string_view device)> why_lost = [](std::string_view) {
    return std::string{};
  };
};
using device_maker = std::function<made_devices(const rule&)>;

struct engine_choice {
  engine_kind kind = engine_kind::automatic;
  std::string_view kernel = {};    // REPRISE_KERNEL; empty: the fastest. Outlives the choice
  device_maker make_devices = {};  // empty in a program that is built without CUDA
};

[[nodiscard]] outcome<engine_kind> parse_engine(std::string_view name);

// The engine of recordings: the CPU's, on one thread; with the engine cuda the first device's.
struct offline_engine {
  std::unique_ptr<matcher> engine;
  // What the driver said when its device was lost.
  std::function<std::string()> why_lost = [] { return std::string{}; };
};
[[nodiscard]] outcome<offline_engine> make_offline_engine(const rule& by,
                                                          const engine_choice& choice);

struct live_choice {
  bool standby = false;
  std::shared_ptr<memory_budget> budget;
  std::function<void(std::string_view device, const std::string& why)> told_lost;
};
struct live_matcher {
  std::unique_ptr<matcher> engine;
  std::vector<std::string> devices;   // that serve, besides the CPU
  std::vector<std::string> left_out;  // as made_devices
  std::string why_none;               // as made_devices; empty where none was looked for
};

// The engine of the live service: all devices that can be used, and the CPU on all cores. What it
// adds is populated by whoever adds it: matcher::channel_memory().
[[nodiscard]] outcome<live_matcher> make_live_matcher(const rule& by, const engine_choice& choice,
                                                      const live_choice& live);

}  // namespace reprise
