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
};

struct device_list {
  std::vector<compute_device> found;
  std::string why;  // why there are none, or not all of them; empty where there is nothing to say
};

}  // namespace reprise
