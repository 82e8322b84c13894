// A matcher over several: each channel is placed on the device that has fewest, or on the CPU where
// no device takes it. One that is lost takes none of its channels' ticks any more.
//
// Shapes   as matcher.hpp; all of them have the rule of the CPU's
// Errors   make: host_memory; add_channel: parameter_out_of_range, host_memory. A tick of a lost
//          device: device_lost, and its channel is to be added again: it goes to another device or
//          to the CPU. With a standby no tick answers so
// Threads  as matcher.hpp. The devices of a batch are stepped at the same time, each on a thread of
//          its own, and the CPU's share meanwhile on the caller's
// Owns     the matchers, a thread for each device
//
// Standby. The CPU's matcher holds every device channel, too. It is stepped along without a search;
// where the device is lost, it searches in the same step(). A channel that the host has no room for
// is without one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/match/matcher.hpp"
#include "host/match/memory_budget.hpp"

namespace reprise {

struct device_engine {
  std::string name;  // "cuda:0"
  std::unique_ptr<matcher> engine;
};

struct placed_options {
  bool standby = false;
  // What the devices and their channels take of the host is counted in it. It should be the CPU's
  // own.
  std::shared_ptr<memory_budget> budget = {};
  // Told once for each device, by name. On the caller's thread.
  std::function<void(std::string_view device)> told_lost = [](std::string_view) {};
};

[[nodiscard]] result<std::unique_ptr<matcher>> make_placed_matcher(
    std::vector<device_engine> devices, std::unique_ptr<matcher> host, placed_options options);

}  // namespace reprise
