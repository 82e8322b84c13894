// How many channels of a day fit on a device, and what they need beside it: for people who plan a
// node. What is admitted is decided by the device itself, channel by channel.
//
// Shapes   the default rule and settings: a window of a day, the ten best
// Errors   tell_day_capacity: a device that cannot be used gets the reason, and no channels
// Threads  safe
// Source   plane_layout.hpp, docs/gpu.md
#pragma once

#include <cstdint>

#include "host/match/devices.hpp"

namespace reprise {

struct day_capacity {
  std::uint64_t channels = 0;
  std::uint64_t channel_bytes = 0;  // of device memory, for one
  std::uint64_t host_bytes = 0;     // for all of them
};

// Of a device with so much memory free; a share of it stays free.
[[nodiscard]] day_capacity day_capacity_of(std::uint64_t free_bytes);

void tell_day_capacity(compute_device& of);

}  // namespace reprise
