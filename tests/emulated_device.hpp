// A device of the CUDA engine that runs on the host: the same planes, indices and scores as the
// kernels', one slot after the other. It can be small, and it can fail at any call.
//
// Errors   as match_device.hpp, on request; a call after a device_lost ends the test
// Threads  one at a time
// Owns     the planes, as host memory of exactly their size
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "cuda/match_device.hpp"

namespace reprise {

// What the test keeps of a device that a matcher owns.
struct device_script {
  std::uint64_t calls = 0;                       // that can fail, so far
  std::uint64_t fails_at = 0;                    // the call that loses the device; 0: none
  std::size_t bytes_max = std::size_t{1} << 40;  // planes beyond: device_memory
  std::size_t bytes = 0;                         // of planes now
  std::uint64_t scored_slots = 0;                // visited by score()
  bool lost = false;
};

[[nodiscard]] std::unique_ptr<match_device> make_emulated_device(
    const rule& by, std::shared_ptr<device_script> script);

}  // namespace reprise
