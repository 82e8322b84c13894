// The CUDA engine: the whole window of every channel in a device's memory, one launch a batch that
// scores every candidate of its channels. All of it but the device itself, which it is given.
//
// Shapes   as matcher.hpp; bits up to device_bits_max
// Errors   make: parameter_out_of_range (wider than the device engine takes), host_memory;
//          add_channel: parameter_out_of_range, host_memory, device_memory, device_lost. After a
//          device_lost every tick and every channel answers device_lost, and the device is not
//          called again
// Threads  as matcher.hpp; it owns none
// Owns     the device; about 5 MB of host memory a channel of a day, channel_bytes()
// Source   docs/gpu.md
#pragma once

#include <cstdint>
#include <memory>

#include "cuda/match_device.hpp"
#include "host/match/matcher.hpp"

namespace reprise {

struct device_options {
  // Seconds of one channel that step_run() scores in one launch; each costs a slot of every ring.
  // 0: one, for the live service.
  std::uint32_t ahead_seconds = 0;
};

[[nodiscard]] result<std::unique_ptr<matcher>> make_cuda_matcher(
    const rule& by, std::unique_ptr<match_device> device, const device_options& options);

}  // namespace reprise
