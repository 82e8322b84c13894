// Lists the CUDA devices of this machine.
//
// Errors   none: without a driver or a device the list is empty, and says why
// Threads  safe; the first call starts the CUDA runtime: some 100 ms where there is a card
// Source   CUDA runtime API, device management
#pragma once

#include "host/match/devices.hpp"

namespace reprise {

[[nodiscard]] device_list list_cuda_devices();

}  // namespace reprise
