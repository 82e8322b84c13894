// The compute devices of a machine, as far as a user needs to know them: cuda/ finds them, and net/
// shows them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise {

struct compute_device {
  int index = 0;
  std::string name;
  int compute_major = 0;
  int compute_minor = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_free_bytes = 0;
  std::string unusable = {};            // why the CUDA engine does not run on it; empty: it does
  std::uint64_t day_channels = 0;       // channels with a window of a day that fit into 90 % of it
  std::uint64_t day_channel_bytes = 0;  // of its memory, for each
  std::uint64_t day_host_bytes = 0;     // of the host's memory, for all of them
};

struct device_list {
  std::vector<compute_device> found;
  std::string why;  // why there are none, or not all of them; empty where there is nothing to say
};

}  // namespace reprise
